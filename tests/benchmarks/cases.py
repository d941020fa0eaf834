"""Cases with a realistic life, as many as are wanted: some are lived by command, the others live one of these again.

What is stored is what commands recorded.  A case that lives another's life differs from it in
the identifiers of the case, of its clocks and of its commands, and in the person's name, address
and account.  The same rules, seed and instant give the same events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from uuid import UUID

from adapters.bootstrap import Plaint
from adapters.demo.office import Arrivals, Office
from adapters.demo.story import Story
from domain import commands as c
from domain.clocks import ClockStarted
from domain.clocks.promise import clock_id
from domain.clocks.warning import fires_at
from domain.complaint import Complaint
from domain.complaint.codes import CATEGORIES
from domain.complaint.events import Received
from domain.complaint.submission import Submission
from domain.ids import derived, new_id
from domain.kernel import Aggregate, Context, Event
from domain.policies import Rulebook

LIVES = 200
"""Lives that are lived by command; every further case lives one of them again."""
CASES_AT_ONCE = 200
COUNTRIES = {"GB": 30, "FR": 25, "DE": 15, "ES": 10, "IT": 10, "US": 10}
SENTENCES = (
    "I asked for a withdrawal on Monday and the money has still not reached my bank.",
    "Your support has answered four times with the same letter, and none of it fits my question.",
    "The fee that was taken is not the fee that the page showed when I placed the order.",
    "My account was locked after I changed my telephone, although I sent every paper you asked for.",
    "I have been a customer for six years and have never been treated like this.",
    "Please tell me who decides, by when, and what I can do if I do not agree.",
    "The staking reward for March is missing, and the statement says nothing about it.",
    "Somebody else moved coins out of my account while I was abroad; I reported it within the hour.",
)


@dataclass(frozen=True)
class Stored:
    """What was written."""

    cases: tuple[UUID, ...]
    events: int


class Past(Aggregate):
    """A case of which only what has happened is known."""

    def __init__(self, events: Sequence[Event]) -> None:
        super().__init__(events[0].originator_id)
        self._pending = list(events)
        self.version = len(events)


class Copies:
    """Cases that live a life of *lives* again, the next one each time."""

    def __init__(self, lives: Sequence[Sequence[Event]], logs: Sequence[int], seed: int = 1) -> None:
        self.lives, self.logs, self.chance, self.number = lives, logs, Random(seed), 0

    def __iter__(self) -> Iterator[Past]:
        while True:
            yield self.next()

    def some(self, number: int = CASES_AT_ONCE) -> list[Past]:
        """Return *number* more cases."""
        return list(islice(self, number))

    def next(self) -> Past:
        """Return one more case."""
        life = self.lives[self.number % len(self.lives)]
        self.number += 1
        log = self.chance.choice(self.logs)
        id = new_id(life[0].occurred_at, self.chance.randbytes(10), log=log)
        return Past(again(life, id, f"{self.number:07}"))


def again(life: Sequence[Event], id: UUID, who: str) -> list[Event]:
    """Return *life* as that of the case *id* of another person, known by the digits *who*."""
    clocks: dict[UUID, UUID] = {}
    events: list[Event] = []
    for event in life:
        changed: dict[str, object] = {
            "originator_id": id,
            "correlation_id": derived(id, str(event.originator_version)),
        }
        if isinstance(event, ClockStarted):
            name = clock_id(id, event.regime, event.milestone, event.number)
            clocks[event.clock_id] = name
        if (clock := getattr(event, "clock_id", None)) is not None:
            changed["clock_id"] = clocks[clock]
        elif isinstance(event, Received):
            changed |= {
                "account_email": f"person-{who}@example.org",
                "account_id": f"AA12 {who}",
                "full_name": f"Person {who} Somebody",
            }
        events.append(event.model_copy(update=changed))
    return events


def lived(rules: Rulebook, now: datetime, *, seed: int = 1, number: int = LIVES) -> list[list[Event]]:
    """Return *number* lives at a simulated desk, received in the weeks before *now*, up to *now*."""
    office = Office(rules)
    arrivals = Arrivals(office, now)
    return [one_life(rules, office, arrivals, Random(f"{seed}/{n}")) for n in range(number)]


def one_life(rules: Rulebook, office: Office, arrivals: Arrivals, chance: Random) -> list[Event]:
    """Return one life drawn from *chance*: what was asked of the case, and what fell due in between."""
    received_at, submission = arrivals.draw(chance), a_submission(chance)
    case = Complaint(new_id(received_at, chance.randbytes(10)))
    case.receive(submission, by(received_at, "form"), rules)
    hand = "handler-1"  # whoever decided a complaint does not decide it again
    for at, command in Story(office, chance, received_at, submission.category, None).told():
        if at >= arrivals.now:
            break
        _notice(case, at, rules)
        hand = "handler-2" if isinstance(command, c.Reopen) else hand
        command.carry_out(case, by(at, hand), rules)
    _notice(case, arrivals.now, rules)
    return case.collect_events()


def of_length(rules: Rulebook, at: datetime, length: int) -> list[Event]:
    """Return the *length* first events of a complaint received *at* and worked on, a minute a command."""
    chance, minute = Random(length), timedelta(minutes=1)
    submission = a_submission(chance).model_copy(update={"country": "GB"})
    case, events = Complaint(new_id(at, chance.randbytes(10))), list[Event]()
    case.receive(submission, by(at, "form"), rules)
    for n, command in enumerate(_work(submission.category), start=1):
        events += case.collect_events()
        if len(events) >= length:
            return events[:length]
        command.carry_out(case, by(at + n * minute), rules)
    raise AssertionError("work never ends")


def _work(category: str) -> Iterator[c.Command]:
    yield c.Triage(category=category, severity="normal", admissible=True)
    yield c.Assign(assignee="handler-1")
    yield c.Investigate()
    yield c.Acknowledge()
    number = 0
    while True:
        number += 1
        yield c.RecordStep(kind="other", summary=f"Step {number}: {SENTENCES[number % len(SENTENCES)]}")
        yield c.Assign(assignee=f"handler-{2 + number % 7}")
        yield c.Note(text=f"Note {number}: {SENTENCES[number % len(SENTENCES)]}")


def store(plaint: Plaint, events: int, *, seed: int = 1) -> Stored:
    """Store cases with realistic lives until there are *events* of them; the last may exceed that."""
    copies = Copies(lived(plaint.desk.rules, plaint.now(), seed=seed), plaint.store.logs, seed)
    return write(plaint, copies, events)


def store_cases(plaint: Plaint, number: int, length: int, *, seed: int = 1) -> Stored:
    """Store *number* cases received an hour ago, of *length* events each."""
    at = plaint.now() - timedelta(hours=12)
    life = of_length(plaint.desk.rules, at, length)
    return write(plaint, islice(Copies([life], plaint.store.logs, seed), number), number * length)


def write(plaint: Plaint, cases: Iterable[Past], events: int) -> Stored:
    """Store *cases*, many at once, until there are *events*."""
    ids, written, endless = list[UUID](), 0, iter(cases)
    while written < events and (some := list(islice(endless, CASES_AT_ONCE))):
        kept = list(_up_to(some, events - written))
        written += sum(each.version for each in kept)
        ids += [each.id for each in kept]
        plaint.store.append(*kept)
    return Stored(tuple(ids), written)


def _up_to(cases: Iterable[Past], events: int) -> Iterator[Past]:
    for case in cases:
        if events <= 0:
            return
        events -= case.version
        yield case


def by(at: datetime, actor: str = "handler-1") -> Context:
    """Return the context of a command that *actor* sends *at*."""
    return Context(recorded_at=at, actor=actor, correlation_id=UUID(int=1))


def a_submission(chance: Random) -> Submission:
    """Return what one complainant wrote: a paragraph of some 300 letters."""
    words = chance.sample(SENTENCES, chance.randint(2, 6))
    return Submission(
        category=chance.choice(CATEGORIES),
        account_email="person@example.org",
        account_id="AA12 N84G",
        full_name="Person Somebody",
        country=chance.choices(list(COUNTRIES), list(COUNTRIES.values()))[0],
        details=" ".join(words),
        desired_outcome=chance.choice(SENTENCES) if chance.random() < 0.5 else None,
    )


def _notice(case: Complaint, until: datetime, rules: Rulebook) -> None:
    """Record what fell due by *until* as the scheduler would."""
    while due := [at for clock in case.running.values() if (at := fires_at(clock)) and at <= until]:
        noticed = min(min(due) + timedelta(seconds=5), until)
        case.notice_warnings(noticed, by(noticed, "system:scheduler"), rules)
