"""How a mistake in the record is corrected: what was recorded stays, and the promises follow what is true."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain import errors
from domain.clocks import ClockEvent, bind
from domain.clocks import events as c
from domain.clocks.moving import Target, move
from domain.clocks.promise import finished
from domain.complaint import events as e
from domain.complaint.conflicts import Conflicts
from domain.complaint.corrected import BINDING, CORRECTABLE, PERSONAL, RECEIVED_AT, Fact, Heard
from domain.complaint.life_events import Corrected
from domain.complaint.resolution_events import RedressPaid
from domain.complaint.submission import WORDS, words_of
from domain.kernel import upon, upon_all_but
from domain.linking.people import Person, person
from domain.linking.promises import CORRECTED
from domain.policies import Scope
from domain.privacy import Erased, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.case import Text
    from domain.clocks import Clock, Pin
    from domain.clocks.promise import Promise
    from domain.complaint.corrected import InstantField, PersonalField, PublicField
    from domain.kernel import Context, Event
    from domain.policies import Rulebook


class Corrections(Conflicts):
    """A complaint that knows what its receipt says, and what has happened since."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.correctable: dict[str, Any] = {}
        """What the receipt says by now, field by field."""
        self.instants: dict[str, datetime] = {}
        """The instants of the receipt, by the word that a policy starts with."""
        self.believed: dict[str, frozenset[datetime]] = {}
        """All that was ever taken for each of them."""
        self._happened: list[tuple[int, type[Event] | None, datetime, tuple[str, ...]]] = []
        """The version, class, instant and parts of what has happened; no class where it means nothing."""
        self.in_error: frozenset[int] = frozenset()
        """The versions of the events that were recorded in error."""

    @upon(e.Received)
    def _keep_what_was_said(self, event: e.Received) -> None:
        said = vars(event)
        self.correctable = {name: said[name] for name in CORRECTABLE}
        self.instants = words_of(event, event.occurred_at)
        self.believed = {word: frozenset({at}) for word, at in self.instants.items()}

    @upon_all_but(ClockEvent, Corrected, e.Received, RedressPaid)
    def _keep_fact(self, event: Event) -> None:
        # Few commands ask what it means, which costs as much as everything else that a replay does.
        kind = type(event)
        parts = event.__dict__["parts"] if kind in _WITH_PARTS else ()
        self._happened.append((self.version, kind, event.occurred_at, parts))

    @upon(RedressPaid)
    def _keep_payment_as_fact(self, event: RedressPaid) -> None:
        meant = None if self.word_of(event) is None else RedressPaid
        self._happened.append((self.version, meant, event.occurred_at, ()))

    @upon(Corrected)
    def _correct(self, event: Corrected) -> None:
        if event.pins is not None:
            self.pins, self.lent = event.pins, frozenset(event.lent)
        if event.event_version is not None:
            self.in_error |= {event.event_version}
        elif event.new_at is not None:
            word = _word(event.what)
            self.instants[word] = event.new_at
            self.believed[word] = self.believed.get(word, frozenset()) | {event.new_at}
            if event.what == RECEIVED_AT:
                self.received_at = event.new_at
            else:
                self.correctable[event.what] = event.new_at
        else:
            self.correctable[event.what] = event.new if event.new is not None else event.new_personal
            if event.what == "category":
                self.category = event.new

    @property
    def facts(self) -> list[Fact]:
        """What has happened since the receipt, as policies hear it."""
        return [
            Fact(version, None if event is None else self.word_for(event), at, frozenset(parts))
            for version, event, at, parts in self._happened
        ]

    @property
    def person(self) -> Person:
        """Whom the case is of, as it was corrected."""
        return person(self.correctable.get("account_id"), self.correctable.get("account_email"))

    def correct_instant(
        self, what: InstantField, value: datetime, reason: str, by: Context, rules: Rulebook
    ) -> None:
        """Correct an instant of the receipt; open clocks that started with it start when they should have.

        A clock that was met or missed stays as it is: a miss that is nobody's can be excused.
        """
        self._refuse_unless_received()
        self._refuse_if_complained_of(by)
        old = self.instants.get(_word(what))
        if old == value:
            return
        if value > by.recorded_at or not self._in_order(what, value):
            raise errors.InstantImpossible
        # What fell due is missed first, by the start that was believed until now.
        self.notice_misses(by.recorded_at, by, rules)
        self.record(Corrected, by, what=what, old_at=old, new_at=value, reason=reason)
        self._move_starts(by, rules, reason=reason)
        if old is None:
            self._hear_new(_word(what), value, by, rules)
        self.notice_misses(by.recorded_at, by, rules)

    def correct_fact(
        self, what: PublicField | PersonalField, value: str, reason: str, by: Context, rules: Rulebook
    ) -> None:
        """Correct what the receipt says; where other regimes bind the case by it, theirs are its clocks."""
        self._refuse_unless_received()
        self._refuse_if_complained_of(by)
        old = self.correctable[what]
        if old == value:
            return
        if isinstance(old, Erased):
            raise errors.PersonalDataErased
        kind = ("old_personal", "new_personal") if what in PERSONAL else ("old", "new")
        pins = self._bound(what, value, by, rules) if what in BINDING and not self.imported else None
        self.notice_misses(by.recorded_at, by, rules)
        before = self._own
        facts: dict[str, Any] = dict(zip(kind, (old, value), strict=True))
        if pins is not None:
            facts |= self._with_lent(pins)
        self.record(Corrected, by, what=what, reason=reason, **facts)
        if pins is not None:
            self._rebind(before, by, rules)

    def _in_order(self, what: InstantField, value: datetime) -> bool:
        """Whether *value* is before what follows the receipt, and before that where it comes first itself."""
        if what == RECEIVED_AT:
            return all(fact.at >= value for fact in self.facts)
        return self.received_at is None or value <= self.received_at

    def _bound(self, what: str, value: str, by: Context, rules: Rulebook) -> tuple[Pin, ...] | None:
        """Return the regimes that bind the case once *what* is *value*; None where they are the same.

        A regime that bound it already goes on in the version that it is pinned to.
        """
        names = {*BINDING, "legal_entity"}
        known = {name: _known(self.correctable[name]) for name in names} | {what: value}
        received_at = self.received_at or by.recorded_at
        pinned = {pin.regime: pin for pin in self.pins}
        fresh = bind(rules, rules.applicable(Scope(**known), received_at))
        pins = tuple(pinned.get(pin.regime, pin) for pin in fresh)
        return None if pins == self._own else pins

    @property
    def _own(self) -> tuple[Pin, ...]:
        """The regimes that bind the case by itself."""
        return tuple(pin for pin in self.pins if pin.regime not in self.lent)

    def _with_lent(self, own: tuple[Pin, ...]) -> dict[str, Any]:
        """Return as an event says it that *own* bind the case, and what it has taken over stays bound."""
        taken = {each.regime for each in self.clocks.values() if each.taken_from and not each.set_aside}
        lent = taken - {pin.regime for pin in own}
        return {
            "pins": (*own, *(pin for pin in self.pins if pin.regime in lent)),
            "lent": tuple(sorted(lent)),
        }

    def _rebind(self, before: tuple[Pin, ...], by: Context, rules: Rulebook) -> None:
        """End the clocks of regimes that bound the case in error, and start those that should have run.

        What was promised to a case that was merged into this one stays promised.
        """
        now = by.recorded_at
        ended = {pin.regime for pin in before} - {pin.regime for pin in self._own}
        own = [each for each in self.clocks.values() if each.live and each.taken_from is None]
        for clock in [each for each in own if each.regime in ended]:
            self.record(c.ClockCancelled, by, occurred_at=now, clock_id=clock.id, cause=CORRECTED)
        new = [pin for pin in self._own if pin.regime not in {each.regime for each in before}]
        self._hear_anew(new, by, rules)

    def begin_own(self, parted: UUID, by: Context, rules: Rulebook) -> None:
        """Begin what a correction bound the case to while the promise of *parted* stood for its own."""
        given = {each.regime for each in self.clocks.values() if each.taken_from == parted}
        begun = {each.regime for each in self.clocks.values() if each.taken_from is None}
        new = [pin for pin in self._own if pin.regime in given - begun]
        if new:
            self._hear_anew(new, by, rules)

    def _hear_anew(self, new: Iterable[Pin], by: Context, rules: Rulebook) -> None:
        """Let the promises of *new* hear of the receipt, and of all that has happened since.

        A clock of theirs that a correction ended in error goes on from there.
        """
        promises = [promise for pin in new for promise in self._promises(pin, by, rules)]
        made = [(promise, promise.clocks[-1]) for promise in promises if promise.clocks]
        receipt = [Heard(word, at, frozenset()) for word, at in self.instants.items()]
        self._tell_again([each for each in promises if not each.clocks], receipt, by, rules)
        for promise, clock in made:
            if clock.ended_by == CORRECTED and clock.ended_at is not None:
                self.run_again(promise, clock, clock.ended_at)

    def _tell_again(
        self, promises: Iterable[Promise], news: Iterable[Heard], by: Context, rules: Rulebook
    ) -> None:
        """Let *promises* hear *news*, and what has happened on the case, in the order of time."""
        for word, at, parts in sorted([*news, *self.heard()], key=lambda each: each.at):
            self.notice_misses(at, by, rules)
            for promise in promises:
                promise.hear(word, at, parts)
        self.notice_misses(by.recorded_at, by, rules)

    def heard(self) -> list[Heard]:
        """Return what has happened on the case, as policies hear it, without what was recorded in error."""
        true = (fact for fact in self.facts if fact.version not in self.in_error)
        return [Heard(fact.word, fact.at, fact.parts) for fact in true if fact.word is not None]

    def run_again(self, promise: Promise, clock: Clock, since: datetime) -> None:
        """Let *clock*, which ended in error at *since*, run again and hear what has happened since then.

        An act that it waits for counts from before as well: nobody heard it if it was told later.
        """
        by, rules = promise.by, promise.rules
        promise.resume(clock, by.recorded_at, finished(clock.pauses, since))
        self.restart(self.clocks[clock.id], by, rules)
        stops = promise.of(clock).term.stop
        for word, at, parts in sorted(self.heard(), key=lambda each: each.at):
            if at > since or word in stops:
                self.notice_misses(at, by, rules)
                promise.hear(word, at, parts)
        self.notice_misses(by.recorded_at, by, rules)

    def _move_starts(self, by: Context, rules: Rulebook, *, reason: str) -> None:
        """Move each open clock that started with the receipt to the first instant that starts it now."""
        now = by.recorded_at
        for clock in [each for each in self.clocks.values() if each.keeps(now)]:
            self._move_start(clock, by, rules, reason=reason)

    def restart(self, clock: Clock, by: Context, rules: Rulebook) -> None:
        """Let *clock*, which runs again, start when it should have: the receipt was perhaps corrected."""
        self._move_start(clock, by, rules, reason=None)

    def as_corrected(self, clock: Clock, by: Context, rules: Rulebook) -> Clock:
        """Return *clock*, which was set aside, with the start that it should have had."""
        started_at = self._start_of(clock, by, rules)
        if started_at is None:
            return clock
        promise = self.promise_of(clock, by, rules)
        facts = move(promise, clock, Target(started_at=started_at), by.recorded_at) or {}
        return clock.model_copy(update={name: facts[name] for name in _MOVED & facts.keys()})

    def _move_start(self, clock: Clock, by: Context, rules: Rulebook, *, reason: str | None) -> None:
        started_at = self._start_of(clock, by, rules)
        if started_at is None:
            return
        promise = self.promise_of(clock, by, rules)
        facts = move(promise, clock, Target(started_at=started_at), by.recorded_at)
        if facts is not None:
            self.record(c.ClockRetargeted, by, cause=CORRECTED, reason=reason, **facts)

    def _start_of(self, clock: Clock, by: Context, rules: Rulebook) -> datetime | None:
        """Return when *clock* should have started; None when something else than the receipt started it."""
        words = self.promise_of(clock, by, rules).term.start
        believed = {at for word in words for at in self.believed.get(word, ())}
        if clock.day_zero is not None or clock.taken_from is not None or clock.started_at not in believed:
            return None
        return min((self.instants[word] for word in words if word in self.instants), default=None)

    def _hear_new(self, word: str, at: datetime, by: Context, rules: Rulebook) -> None:
        """Let promises begin that waited for a *word* of which nobody knew, and hear what came after it."""
        promises = [promise for promise in self.promises(by, rules) if not promise.clocks]
        waiting = [promise for promise in promises if word in promise.term.start]
        if waiting:
            self._tell_again(waiting, [Heard(word, at, frozenset())], by, rules)


_WITH_PARTS = frozenset(each for each in e.COMPLAINT_EVENTS if "parts" in each.model_fields)
_MOVED = {"started_at", "day_zero", "due_date", "due_before", "warnings"}


def _word(what: str) -> str:
    """Return the word by which policies know the instant *what*."""
    return next(word for word, name in WORDS.items() if name == what)


def _known(value: Text) -> str | None:
    """Return a fact of the scope of a case, None where it cannot be read."""
    return None if isinstance(value, Sealed | Erased) else value
