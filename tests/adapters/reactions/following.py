"""Reactions over a real store, with a clock of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any, ClassVar
from uuid import UUID

from adapters import migrations
from adapters.database import Database
from adapters.desk import Desk
from adapters.eventstore.store import CaseStore
from adapters.reactions.cursors import Cursors
from adapters.reactions.follower import Follower
from domain.commands import Note
from domain.complaint import Complaint
from domain.complaint.events import Escalated, Noted, Received
from domain.configuration import Rules
from domain.kernel import Aggregate, Context, Event
from domain.policies import Rulebook, parse
from domain.reactions import Order, Reaction, Send
from domain.testing import HOUSE, RECEIVED, a_calendar, a_submission, by
from tests.adapters.keys import FixedKeys


class NoteWhatWasReceived:
    """Writes a note on every complaint; said twice, it would stand there twice."""

    NAME: ClassVar[str] = "note_what_was_received"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Received,)
    OPENED: ClassVar[bool] = False

    def __init__(self, text: str = "Received.") -> None:
        self.text = text

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        del event
        yield Send(case.id, Complaint, Note(text=self.text))


@dataclass
class Fails:
    """An order that goes wrong while *broken* says so."""

    text: str
    broken: Callable[[UUID], bool]

    def carry_out(self, case: Complaint, by: Context, rules: Rulebook, /) -> None:
        if self.broken(case.id):
            raise RuntimeError
        case.note(self.text, by, rules)


class NoteEveryEscalation:
    """Writes down each escalation by its level, and cannot for the cases that are *broken*."""

    NAME: ClassVar[str] = "note_every_escalation"
    TOPICS: ClassVar[tuple[type[Event], ...]] = (Escalated,)
    OPENED: ClassVar[bool] = False

    def __init__(self) -> None:
        self.broken: set[UUID] = set()

    def decide(self, event: Event, case: Aggregate) -> Iterable[Send]:
        assert isinstance(event, Escalated)
        order: Order = Fails(f"Level {event.level}.", self.broken.__contains__)
        yield Send(case.id, Complaint, order)


class Desks:
    """One store, and as many processes at it as are asked for."""

    def __init__(self, url: str, *, migrated: bool = False) -> None:
        self.database, self.now, self.throws = Database(url), RECEIVED, count(1)
        if not migrated:
            migrations.migrate(self.database, "log")
        self.store = CaseStore(self.database, FixedKeys())
        if not migrated:
            rules = Rules()
            rules.load_policy(parse(HOUSE, "house.toml"), HOUSE, by(RECEIVED))
            rules.resolve_calendar(a_calendar(), by(RECEIVED))
            self.store.append(rules)
        self.desk = Desk(self.store, now=self.clock, chance=self.chance, secret=lambda: b"secret")

    def clock(self) -> datetime:
        return self.now

    def chance(self, size: int) -> bytes:
        return next(self.throws).to_bytes(4, "big").ljust(size, b"\1")

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def cursors(self, *reactions: Reaction, holder: str = "one", **options: Any) -> Cursors:
        names = [each.NAME for each in reactions]
        cursors = Cursors(self.database, names, holder=holder, now=self.clock, **options)
        cursors.prepare(self.store.ends())
        return cursors

    def follower(self, *reactions: Reaction, holder: str = "one", **options: Any) -> Follower:
        cursors = self.cursors(*reactions, holder=holder)
        return Follower(self.store, self.desk, reactions, cursors, now=self.clock, **options)

    def received(self) -> UUID:
        return self.desk.receive(a_submission(), "complainant").id

    def notes(self, id: UUID) -> list[str]:
        """Return what was noted on a case, in clear."""
        events = map(self.store.events_mapper.opened, self.store.history(id))
        return [str(each.text) for each in events if isinstance(each, Noted)]

    def close(self) -> None:
        self.database.close()
