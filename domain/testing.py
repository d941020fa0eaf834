"""Given, when, then: a specification of one aggregate, for our tests and yours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.calendars import Calendar, Holiday
from domain.clocks import ClockEvent, ClockResumed, ClockStarted
from domain.commands import Command
from domain.complaint import Complaint
from domain.complaint.submission import Submission
from domain.ids import new_id
from domain.kernel import Aggregate, Context, Event, facts_of
from domain.policies import Regime, Rulebook, parse

A = TypeVar("A", bound=Aggregate)

PARIS = ZoneInfo("Europe/Paris")


class Given(Generic[A]):
    """An aggregate with a past; what it records from here on is the outcome."""

    def __init__(self, aggregate: A, *history: Callable[[A], object]) -> None:
        for step in history:
            step(aggregate)
        aggregate.collect_events()
        self.aggregate = aggregate

    def when(self, command: Callable[[A], object]) -> list[tuple[str, dict[str, object]]]:
        """Run *command*; return each new event as its name and its own facts."""
        return [(type(event).__name__, facts_of(event)) for event in self.events(command)]

    def events(self, command: Callable[[A], object]) -> list[Event]:
        """Run *command*; return each new event whole."""
        command(self.aggregate)
        return self.aggregate.collect_events()


def paris(text: str) -> datetime:
    """Return the instant that a clock in Paris shows as *text* (ISO 8601, no offset)."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def by(at: datetime, actor: str = "handler") -> Context:
    """Return the context of a command that *actor* sends *at*."""
    return Context(recorded_at=at, actor=actor, correlation_id=UUID(int=1))


def an_id(name: str = "a", at: datetime | None = None) -> UUID:
    """Return the identifier that tests know as *name*."""
    return new_id(at or paris("2026-05-22T18:00"), name.encode().ljust(10, b"\0"))


def a_submission(**facts: object) -> Submission:
    """Return a complete complaint of a resident of France, changed by *facts*."""
    complete: dict[str, object] = {
        "category": "withdrawal",
        "account_email": "someone@example.org",
        "account_id": "AA12 N84G ABCD EFGH",
        "full_name": "Someone Somewhere",
        "country": "FR",
        "details": "The withdrawal has not arrived.",
    }
    return Submission.model_validate(complete | facts)


FRANCE_2026 = {
    "2026-01-01": "New Year's Day",
    "2026-04-06": "Easter Monday",
    "2026-05-01": "Labour Day",
    "2026-05-08": "Victory Day",
    "2026-05-14": "Ascension Day",
    "2026-05-25": "Whit Monday",
    "2026-07-14": "Bastille Day",
    "2026-08-15": "Assumption Day",
    "2026-11-01": "All Saints' Day",
    "2026-11-11": "Armistice Day",
    "2026-12-25": "Christmas Day",
}


def a_calendar() -> Calendar:
    """Return the public holidays of France in 2026, between 2025 and 2028."""
    days = [Holiday(date=date.fromisoformat(day), name=name) for day, name in FRANCE_2026.items()]
    return Calendar.resolved("FR", "worked by hand", date(2025, 1, 1), date(2028, 12, 31), days)


HOUSE = """
regime = "house"
version = "2026-01"
effective_from = 2026-01-01
legal = false
calendar = "FR"
zone = "Europe/Paris"

[[terms]]
milestone = "acknowledgement"
limit = 2
unit = "business_day"
start = "received"
stop = ["acknowledged"]

[[terms]]
milestone = "decision"
limit = 7
unit = "business_day"
start = "received"
stop = ["decision_sent"]

[[terms]]
milestone = "progress_update"
limit = 5
unit = "business_day"
start = ["decision_missed", "marked_complex"]
stop = ["update_sent"]
recurring = true
"""

MICA = """
regime = "mica"
version = "2025-294"
effective_from = 2025-03-05
calendar = "FR"
zone = "Europe/Paris"

[applies]
country = ["FR", "IE"]

[[terms]]
milestone = "decision"
limit = 2
unit = "month"
start = "received"
stop = ["decision_sent"]
roll = "following"
"""


def rules(*texts: str) -> Rulebook:
    """Return the rules written in *texts*; without any, the house regime alone."""
    regimes: list[Regime] = [parse(text, f"{number}.toml") for number, text in enumerate(texts or [HOUSE])]
    return Rulebook(regimes, [a_calendar()])


RULES = rules()
"""The house regime alone."""
RECEIVED = paris("2026-05-22T18:00")
"""When the complaint of the examples is received: a Friday evening before Whit Monday."""


def received(
    at: datetime = RECEIVED, *, book: Rulebook = RULES, recorded_at: datetime | None = None, **facts: Any
) -> Callable[[Complaint], None]:
    """Return the step that receives a complaint changed by *facts* at *at*, known from *recorded_at* on."""
    submission = a_submission(**facts)
    return lambda complaint: complaint.receive(
        submission, by(recorded_at or at, "complainant"), book, received_at=at
    )


def asked(
    command: Command, at: datetime, *, book: Rulebook = RULES, actor: str = "handler"
) -> Callable[[Complaint], None]:
    """Return the step that asks a complaint to carry out *command*, sent at *at*."""
    return lambda complaint: command.carry_out(complaint, by(at, actor), book)


def a_complaint(*history: Callable[[Complaint], object], book: Rulebook = RULES) -> Given[Complaint]:
    """Return a complaint received on Friday 22 May 2026 at 18:00 in Paris, with what happened since."""
    return Given(Complaint(an_id()), received(book=book), *history)


def timeline(given: Given[Complaint], *steps: Callable[[Complaint], object]) -> list[str]:
    """Run *steps*; return what the clocks recorded as lines, in the time of Paris.

    ``05-28 00:00 house acknowledgement 1 missed``, with the due date where one was set.
    """
    events = [event for step in steps for event in given.events(step)]
    return [_line(given.aggregate, event) for event in events if isinstance(event, ClockEvent)]


def _line(complaint: Complaint, event: ClockEvent) -> str:
    clock = complaint.clocks[event.clock_id]
    what = f"{clock.regime} {clock.milestone} {clock.number} {event.TOPIC.partition('.')[2]}"
    due = f", due {event.due_date:%m-%d}" if isinstance(event, ClockStarted | ClockResumed) else ""
    return f"{event.occurred_at.astimezone(PARIS):%m-%d %H:%M} {what}{due}"
