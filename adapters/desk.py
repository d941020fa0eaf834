"""The desk: carries out commands on cases, each once, whoever asks however often."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Protocol
from uuid import UUID

import structlog
from eventsourcing import persistence
from pydantic import BaseModel

from adapters.eventstore.loading import load_all
from adapters.eventstore.recorder import Receipt
from adapters.eventstore.store import LOG, CaseStore
from adapters.eventstore.tables import position
from domain.clocks import Pin
from domain.complaint import Complaint
from domain.complaint.submission import Submission
from domain.configuration import Rules
from domain.errors import DomainError, LostTheRace, NotReceived
from domain.ids import new_id, reference
from domain.kernel import Aggregate, Context, Event
from domain.policies import Rulebook
from domain.privacy import says_personal

log = structlog.get_logger()

RULES_LAST = 5.0
"""Seconds for which a process trusts the rules it has read."""
ATTEMPTS = 5


class Order(Protocol):
    """Something that can be asked of a case."""

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        ...


class Stale(DomainError):
    """The case has changed since you read it; load it again and repeat the command."""

    def __init__(self, version: int) -> None:
        super().__init__(type(self).__doc__)
        self.version = version


class KeyUsedOtherwise(DomainError):
    """That Idempotency-Key was used for another request; use a new key."""


@dataclass(frozen=True)
class Request:
    """A request that may be sent again: who sends it, under what key, and what it asks."""

    principal: str
    key: str
    asks: bytes

    @property
    def fingerprint(self) -> bytes:
        """What must be equal when the request is repeated; nothing of it can be read back."""
        return sha256(self.principal.encode() + b"\0" + self.key.encode() + b"\0" + self.asks).digest()


@dataclass(frozen=True)
class Answer:
    """What a command answers."""

    id: UUID
    version: int
    position: str
    status: int = 200

    @property
    def reference(self) -> str:
        """The public number of the case."""
        return reference(self.id, "C")


@dataclass
class Outcome:
    """What became of orders that were carried out together."""

    recorded: Counter[str] = field(default_factory=Counter[str])
    """Events, by topic."""
    failed: dict[UUID, Exception] = field(default_factory=dict[UUID, Exception])


class _Recorded(Aggregate):
    """What a case has recorded, looked at before it is saved."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint.id)
        self.events = complaint.collect_events()

    def collect_events(self) -> list[Event]:
        return self.events


class Desk:
    """Carries out commands; *now* and *chance* are the only clock and dice that there are."""

    def __init__(
        self,
        store: CaseStore,
        *,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes],
    ) -> None:
        self.store, self.now, self.chance = store, now, chance
        self._rules: tuple[float, Rulebook] | None = None
        self._rules_lock = Lock()

    @property
    def rules(self) -> Rulebook:
        """The policies and calendars that are loaded, at most a few seconds old."""
        with self._rules_lock:
            if self._rules is None or time.monotonic() - self._rules[0] > RULES_LAST:
                rules = self.store.load(Rules, Rules.ID) or Rules()
                self._rules = (time.monotonic(), rules.rulebook())
            return self._rules[1]

    def context(self, actor: str, *, at: datetime | None = None) -> Context:
        """Return the context of a command that *actor* sends now."""
        now = at or self.now()
        return Context(recorded_at=now, actor=actor, correlation_id=self.fresh_id(now))

    def fresh_id(self, at: datetime) -> UUID:
        """Return an identifier that nothing else has."""
        return new_id(at, self.chance(10), log=LOG)

    def receive(
        self,
        submission: Submission,
        actor: str,
        *,
        request: Request | None = None,
        received_at: datetime | None = None,
        pins: tuple[Pin, ...] | None = None,
    ) -> Answer:
        """Record a new complaint."""
        by = self.context(actor)

        def act() -> Answer:
            complaint = Complaint(self.fresh_id(by.recorded_at))
            complaint.receive(submission, by, self.rules, received_at=received_at, pins=pins)
            return self._save(complaint, by, request, status=201)

        return self._once(request, act)

    def command(
        self,
        id: UUID,
        command: Order,
        actor: str,
        *,
        expected: int | None = None,
        request: Request | None = None,
    ) -> Answer:
        """Carry out *command*; with *expected*, only on that version of the case.

        Without it somebody else's change in between is no obstacle: the case is
        loaded again and asked again.
        """

        def act() -> Answer:
            by = self.context(actor)
            complaint = self.store.load(Complaint, id, opened=_says_personal(command))
            if complaint is None:
                raise NotReceived
            if expected is not None and complaint.version != expected:
                raise Stale(complaint.version)
            command.carry_out(complaint, by, self.rules)
            return self._save(complaint, by, request)

        return self._once(request, lambda: self._patiently(act, expected is None))

    def command_all(self, orders: Mapping[UUID, Order], actor: str) -> Outcome:
        """Carry out an order for each case, all saved by one commit; one that fails stops no other.

        When somebody else changed one of the cases meanwhile, each is asked alone.
        """
        outcome, rules, asked = Outcome(), self.rules, list[_Recorded]()
        opened = any(map(_says_personal, orders.values()))
        loaded = load_all(self.store, Complaint, list(orders), opened=opened)
        for id, order in orders.items():
            try:
                asked.append(self._ask(loaded.get(id), order, actor, rules))
            except Exception as error:  # noqa: BLE001 - the caller reports it
                outcome.failed[id] = error
        try:
            self._save_all(asked, outcome)
        except persistence.OperationalError:
            raise
        except Exception:  # noqa: BLE001 - whichever it is that cannot be saved, the others can
            for id in (each.id for each in asked):
                self._alone(id, orders[id], actor, outcome)
        return outcome

    def first_answer(self, request: Request) -> Answer | None:
        """Return what the same request was answered before; refuse another under its key."""
        receipt = self.store.receipt(request.principal, request.key, self.now())
        if receipt is None:
            return None
        if receipt.fingerprint != request.fingerprint:
            raise KeyUsedOtherwise
        return Answer(receipt.case_id, receipt.version, receipt.position, receipt.status)

    def _ask(
        self, complaint: Complaint | Exception | None, order: Order, actor: str, rules: Rulebook
    ) -> _Recorded:
        if isinstance(complaint, Exception):
            raise complaint
        if complaint is None:
            raise NotReceived
        order.carry_out(complaint, self.context(actor), rules)
        return _Recorded(complaint)

    def _alone(self, id: UUID, order: Order, actor: str, outcome: Outcome) -> None:
        for attempt in range(ATTEMPTS):
            try:
                complaint = self.store.load(Complaint, id, opened=_says_personal(order))
                self._save_all([self._ask(complaint, order, actor, self.rules)], outcome)
            except LostTheRace as error:
                if attempt == ATTEMPTS - 1:
                    outcome.failed[id] = error
            except Exception as error:  # noqa: BLE001 - the caller reports it
                outcome.failed[id] = error
                return
            else:
                return

    def _save_all(self, asked: list[_Recorded], outcome: Outcome) -> None:
        saved = self.store.append(*asked)
        if saved is not None:
            changed = [each for each in asked if each.events]
            outcome.recorded.update(event.TOPIC for each in changed for event in each.events)
            log.info("recorded_together", cases=len(changed), position=saved)

    def _once(self, request: Request | None, act: Callable[[], Answer]) -> Answer:
        if request is None:
            return act()
        try:
            return self.first_answer(request) or act()
        except (LostTheRace, Stale):
            answer = self.first_answer(request)
            if answer is None:
                raise
            return answer

    def _patiently(self, act: Callable[[], Answer], again: bool) -> Answer:  # noqa: FBT001 - private
        for _ in range(ATTEMPTS - 1 if again else 0):
            try:
                return act()
            except LostTheRace:
                continue
        return act()

    def _save(
        self, complaint: Complaint, by: Context, request: Request | None, *, status: int = 200
    ) -> Answer:
        last = self.store.position_of(complaint.id)
        receipt = None
        if request is not None:
            receipt = Receipt(
                principal=request.principal,
                key=request.key,
                fingerprint=request.fingerprint,
                status=status,
                case_id=complaint.id,
                version=complaint.version,
                recorded_at=by.recorded_at,
                position=last or position(LOG, 0),
            )
        saved = self.store.append(complaint, receipt=receipt)
        if saved is not None:
            log.info(
                "recorded",
                case_id=str(complaint.id),
                version=complaint.version,
                position=saved,
                correlation_id=str(by.correlation_id),
            )
        return Answer(complaint.id, complaint.version, saved or last or position(LOG, 0), status)


def _says_personal(order: Order) -> bool:
    """Whether *order* brings personal text: only that has to be held against what is sealed."""
    return isinstance(order, BaseModel) and says_personal(order)
