"""Lives of complaints that several tests share: each command where it is recorded, and a desk's month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain import commands as c
from domain.access import Role
from domain.commands import Command
from domain.complaint import Complaint
from domain.configuration import Rules, Token
from domain.kernel import Event
from domain.policies import parse
from domain.testing import HOUSE, MICA, a_calendar, an_id, asked, by, paris, received, rules

BOTH = rules(HOUSE, MICA)
TUESDAY = paris("2026-05-26T10:00")
LATER = paris("2026-05-26T15:00")

Step = Callable[[Complaint], None]


@dataclass(frozen=True)
class Example:
    """A command, sent on Tuesday afternoon to a complaint that had done *history* before."""

    command: Command
    history: tuple[Command, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """What happened before, on Tuesday morning."""
        return tuple(asked(each, TUESDAY) for each in self.history)


RESOLVED = c.Resolve(outcome="upheld", reasons="The network fee was charged twice.")
EXAMPLES = {
    type(example.command): example
    for example in (
        Example(c.Triage(category="fees", severity="high", admissible=True)),
        Example(c.Acknowledge()),
        Example(c.Assign(team="payments", assignee="anna")),
        Example(c.Investigate()),
        Example(
            c.RecordStep(kind="department_consulted", summary="Asked the treasury.", department="treasury"),
            (c.Investigate(),),
        ),
        Example(c.SendUpdate(text="We have found the transaction.")),
        Example(c.Escalate(reason="Third complaint this year.", level=2)),
        Example(c.DeEscalate(), (c.Escalate(reason="Third complaint this year."),)),
        Example(RESOLVED),
        Example(c.Close(), (RESOLVED,)),
        Example(c.Reopen(reason="The refund has not arrived."), (RESOLVED, c.Close())),
        Example(c.Withdraw(reason="Found it.")),
        Example(c.Note(text="Called; no answer.")),
    )
}
"""Each command on a complaint that records it."""


def a_month() -> Iterator[Event]:
    """Yield the events of a desk in order of time: six complaints, a policy, a calendar, two tokens."""
    yield from configuration()
    streams = [list(life(number)) for number in range(6)]
    for turn in range(max(map(len, streams))):
        for stream in streams:
            if turn < len(stream):
                yield stream[turn]


def configuration() -> Iterator[Event]:
    """Yield what an administrator recorded."""
    admin = by(paris("2026-05-01T09:00"), "system:migrate")
    book = Rules()
    book.load_policy(parse(HOUSE, "house.toml"), HOUSE, admin)
    book.load_policy(parse(MICA, "mica.toml"), MICA, admin)
    book.resolve_calendar(a_calendar(), admin)
    yield from book.collect_events()
    for name in ("kept", "lost"):
        token = Token(an_id(f"token {name[0]}"))
        token.create(name, Role.HANDLER, ("complaints",), name * 3, admin)
        if name == "lost":
            token.revoke(admin)
        yield from token.collect_events()


def life(number: int) -> Iterator[Event]:
    """Yield the life of one of six complaints, no two alike."""
    complaint = Complaint(an_id(f"life {number}"))
    received(
        paris(f"2026-05-{18 + number}T11:00"),
        book=BOTH,
        country="GB" if number % 2 else "FR",
        category=("withdrawal", "fees", "staking")[number % 3],
        channel=("web", "email")[number % 2],
    )(complaint)
    for at, command in LIVES[number]:
        asked(command, at, book=BOTH)(complaint)
    yield from complaint.collect_events()


def _on(*days: tuple[str, Command]) -> tuple[tuple[datetime, Command], ...]:
    return tuple((paris(f"2026-{day}"), command) for day, command in days)


def _sweep(day: str) -> tuple[str, Command]:
    return day, c.NoticeMisses(now=paris(f"2026-{day}"))


LIVES: tuple[tuple[tuple[datetime, Command], ...], ...] = (
    _on(
        ("05-19T09:00", c.Acknowledge()),
        ("05-19T09:05", c.Triage(category="deposit", severity="low", admissible=True)),
        ("05-20T09:00", c.Assign(team="payments", assignee="anna")),
        ("05-21T09:00", c.Investigate()),
        ("05-22T09:00", c.RecordStep(kind="account_activity", summary="Read the account.")),
        ("05-26T09:00", RESOLVED),
        ("06-15T09:00", c.Close()),
    ),
    _on(
        _sweep("05-30T09:00"),
        ("06-01T09:00", c.Acknowledge()),
        ("06-02T09:00", c.Escalate(reason="Late.", level=2)),
        _sweep("06-20T09:00"),
        ("06-21T09:00", c.SendUpdate(text="We are late.")),
        ("06-22T09:00", c.DeEscalate()),
    ),
    _on(
        ("05-21T09:00", c.Triage(category="other", severity="low", admissible=False, reason="Not a client.")),
        ("06-03T09:00", c.Reopen(reason="A client after all.")),
        _sweep("06-30T09:00"),
    ),
    _on(
        ("05-22T09:00", c.Triage(category="fees", severity="critical", admissible=True, complex=True)),
        ("05-26T09:00", c.SendUpdate(text="We look into it.")),
        _sweep("06-08T09:00"),
        ("06-09T09:00", c.Withdraw(reason="Found it.")),
    ),
    _on(
        _sweep("07-30T09:00"),
        ("07-31T09:00", c.Acknowledge(sent_at=paris("2026-05-23T09:00"))),
        ("07-31T10:00", c.Note(text="The letter was in the other folder.")),
        ("07-31T11:00", c.Resolve(outcome="rejected", reasons="The fee is in the tariff.")),
    ),
    (),
)
