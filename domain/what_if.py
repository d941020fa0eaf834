"""What if another policy or calendar had held: breaches gained and lost, from the words of real cases.

Both sides are replayed by the same machine, so that a policy compared with itself
changes nothing.  What people did to a promise by hand (a retarget, an excusal) is no
word of the case and is on neither side; so is the order in which facts became known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from uuid import UUID

from domain.clocks import Clock, ClockEvent, ClockPaused, ClockResumed, Pin, Status
from domain.complaint.events import Assigned, Received
from domain.complaint.submission import Submission
from domain.hours import local_date
from domain.ids import reference
from domain.kernel import Event, Instant, Value
from domain.policies import Rulebook, Scope
from domain.privacy import Code, Erased, kept_fields
from domain.trial import TrialEvent, hear_all

if TYPE_CHECKING:
    from domain.calendars import Calendar
    from domain.policies import Regime

__all__ = ["Comparison", "Moved", "Proposal", "Standing", "Story", "compare", "story"]

BY_HAND: Mapping[type[ClockEvent], str] = {ClockPaused: "paused", ClockResumed: "resumed"}
ANSWERED = frozenset({"information_requested", "information_supplied", "reopened"})
"""Words of a case that stop or start clocks: the clock events beside them are answers, no words."""
IMPERSONAL = set(Submission.model_fields) - {path[0] for path in kept_fields(Received)}
"""What a receipt says of no person."""

Promised: TypeAlias = dict[tuple[str, int], Clock]


class Story(NamedTuple):
    """One case as a policy hears it."""

    id: UUID
    team: str
    received_at: datetime
    imported: bool
    scope: Scope
    pins: tuple[Pin, ...]
    words: tuple[TrialEvent, ...]


class Standing(Value):
    """When a promise fell due, and what became of it."""

    due_date: date
    due_before: Instant
    status: Code


class Moved(Value):
    """A promise that is missed on one side alone; None where that side does not promise it."""

    reference: Code
    team: Code
    milestone: Code
    number: int
    month: Code
    before: Standing | None
    after: Standing | None


class Comparison(NamedTuple):
    """The promises of one case on both sides; *month* is that of its receipt."""

    story: Story
    month: str
    version: str | None
    before: Promised
    after: Promised

    def gained(self) -> Iterator[Moved]:
        """Yield the breaches that only the proposal has."""
        yield from (self._moved(key) for key in missed(self.after) if key not in missed(self.before))

    def lost(self) -> Iterator[Moved]:
        """Yield the breaches that the proposal does not have."""
        yield from (self._moved(key) for key in missed(self.before) if key not in missed(self.after))

    def _moved(self, key: tuple[str, int]) -> Moved:
        return Moved(
            reference=reference(self.story.id, "C"),
            team=self.story.team,
            milestone=key[0],
            number=key[1],
            month=self.month,
            before=_standing(self.before.get(key)),
            after=_standing(self.after.get(key)),
        )


def missed(promised: Promised) -> list[tuple[str, int]]:
    """Return the milestone and number of each promise that was missed."""
    return [key for key, clock in promised.items() if clock.status is Status.MISSED]


class Proposal:
    """A version of a regime that is to be tried on cases of the past, beside the *rules* that held.

    With *calendar* every case counts on it; without, on the calendar version that the
    case is pinned to, as long as the proposal names the same calendar.
    """

    def __init__(self, regime: Regime, rules: Rulebook, calendar: Calendar | None = None) -> None:
        self.regime, self.rules, self.calendar = regime, rules, calendar
        self._known = regime.regime in {each.regime for each in rules.regimes}
        self._books: dict[Calendar, Rulebook] = {}

    def binds(self, case: Story, pin: Pin | None) -> bool:
        """Whether the proposal binds *case*.

        An imported case is bound by what its import named.  Another is bound as
        ``[applies]`` says; one that the regime does not bind today also needs the
        proposal to be in force on the day of receipt, unless the regime is new.
        """
        if case.imported:
            return pin is not None
        if not self.regime.applies.matches(case.scope):
            return False
        received = local_date(case.received_at, self.regime.zone)
        return pin is not None or not self._known or self.regime.in_force(received)

    def promises(self, case: Story, pin: Pin | None, as_of: datetime) -> Promised:
        """Return what the proposal promises *case*, as of an instant."""
        calendar = self._calendar(pin)
        if calendar not in self._books:
            self._books[calendar] = Rulebook([self.regime], [calendar])
        proposed = Pin(
            regime=self.regime.regime,
            version=self.regime.version,
            calendar=calendar.code,
            calendar_version=calendar.version,
        )
        return _heard(case, proposed, self._books[calendar], as_of)

    def _calendar(self, pin: Pin | None) -> Calendar:
        if self.calendar is not None:
            return self.calendar
        same = pin is not None and pin.calendar == self.regime.calendar
        return self.rules.calendar(self.regime.calendar, pin.calendar_version if pin and same else None)


def compare(case: Story, proposal: Proposal, *, as_of: datetime) -> Comparison | None:
    """Return the promises of *case* as they were pinned and as proposed; None when there are none."""
    own = proposal.regime.regime
    pin = next((each for each in case.pins if each.regime == own), None)
    binds = proposal.binds(case, pin)
    if pin is None and not binds:
        return None
    received = local_date(case.received_at, proposal.regime.zone)
    return Comparison(
        story=case,
        month=f"{received:%Y-%m}",
        version=pin.version if pin else None,
        before=_heard(case, pin, proposal.rules, as_of) if pin else {},
        after=proposal.promises(case, pin, as_of) if binds else {},
    )


def story(events: Iterable[Event]) -> Story | None:
    """Return what a policy hears of the events of one case; None when it was not received."""
    known = list(events)
    receipt = next((event for event in known if isinstance(event, Received)), None)
    if receipt is None:
        return None
    country = receipt.country if isinstance(receipt.country, str) else None
    submission = Submission.model_validate(receipt.model_dump(include=IMPERSONAL) | {"country": country})
    teams = [event.team for event in known if isinstance(event, Received | Assigned)]
    return Story(
        id=receipt.originator_id,
        team=teams[-1],
        received_at=receipt.occurred_at,
        # Where a case comes from that was erased nobody can tell: it is bound as it was.
        imported=receipt.source is not None or isinstance(receipt.country, Erased),
        scope=submission.scope,
        pins=receipt.pins,
        words=(
            *(TrialEvent(type=word, at=at) for word, at in submission.instants(receipt.occurred_at)),
            *_words(known),
        ),
    )


def _words(events: list[Event]) -> Iterator[TrialEvent]:
    answered = {event.occurred_at for event in events if _word(event) in ANSWERED}
    told: set[tuple[str, datetime]] = set()
    for event in events:
        if isinstance(event, ClockEvent):
            by_hand = BY_HAND.get(type(event))
            if by_hand and event.occurred_at not in answered and (by_hand, event.occurred_at) not in told:
                told.add((by_hand, event.occurred_at))
                yield TrialEvent(type=by_hand, at=event.occurred_at)
        elif not isinstance(event, Received):
            parts = frozenset(getattr(event, "parts", ()))
            yield TrialEvent(type=_word(event), at=event.occurred_at, parts=parts)


def _word(event: Event) -> str:
    return event.TOPIC.partition(".")[2]


def _heard(case: Story, pin: Pin, rules: Rulebook, as_of: datetime) -> Promised:
    clocks = hear_all(case.words, pin, rules, as_of=as_of)
    return {(clock.milestone, clock.number): clock for clock in clocks}


def _standing(clock: Clock | None) -> Standing | None:
    if clock is None:
        return None
    return Standing(due_date=clock.due_date, due_before=clock.due_before, status=clock.status)
