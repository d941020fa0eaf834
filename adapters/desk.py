"""The desk: carries out commands on cases, each once, whoever asks however often."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hmac import compare_digest, digest
from threading import Lock
from typing import Any, Protocol, TypeVar
from uuid import UUID

import structlog
from eventsourcing import persistence
from pydantic import BaseModel

from adapters.eventstore.receipts import Receipt, Scope
from adapters.eventstore.store import LOG, CaseStore
from adapters.eventstore.tables import position
from domain.case import Case
from domain.clocks import Pin
from domain.complaint import Complaint
from domain.complaint.submission import Submission
from domain.configuration import Rules
from domain.errors import DomainError, LostTheRace, NotReceived
from domain.ids import log_of, new_id, reference
from domain.kernel import Aggregate, Context, Event
from domain.policies import Rulebook
from domain.privacy import says_personal
from domain.reactions import cause_of
from domain.ticket import Ticket
from domain.webhooks import Webhook

A = TypeVar("A", bound=Aggregate)

log = structlog.get_logger()

RULES_LAST = 5.0
"""Seconds for which a process trusts the rules it has read."""
ATTEMPTS = 5
PREFIXES: Mapping[type[Aggregate], str] = {Complaint: "C", Ticket: "T", Webhook: "W"}
"""The letter by which the reference of a case tells its kind."""


class Order(Protocol):
    """Something that can be asked of a case."""

    def carry_out(self, case: Any, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*, of the kind that the command was sent to; it records, refuses or ignores."""
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
    """A request that may be sent again: who sends it, under what key, what it asks, and where to."""

    principal: str
    key: str
    asks: bytes
    path: str = ""

    def scope(self, secret: bytes) -> Scope:
        """Return under what it is known again; the key cannot be read back without *secret*."""
        return Scope(self.principal, self.path, _keyed(secret, b"key", self.principal, self.key))

    def fingerprint(self, secret: bytes) -> bytes:
        """Return what must be equal when the request is repeated; nothing of it can be read back."""
        return _keyed(secret, b"asks", self.principal, self.path, self.key, self.asks)

    def digest(self, secret: bytes) -> bytes:
        """Return what chooses the log of the case that it begins."""
        return _keyed(secret, b"home", self.principal, self.key)


def _keyed(secret: bytes, purpose: bytes, *parts: str | bytes) -> bytes:
    """Return a hash of *parts*, each with its length, so that no two lists of parts run together."""
    texts = [part.encode() if isinstance(part, str) else part for part in parts]
    said = b"".join(len(text).to_bytes(8) + text for text in (purpose, *texts))
    return digest(secret, said, "sha256")


@dataclass(frozen=True)
class Answer:
    """What a command answers."""

    id: UUID
    version: int
    position: str
    status: int = 200
    prefix: str = PREFIXES[Complaint]

    @property
    def reference(self) -> str:
        """The public number of the case."""
        return reference(self.id, self.prefix)


@dataclass
class Outcome:
    """What became of orders that were carried out together."""

    recorded: Counter[str] = field(default_factory=Counter[str])
    """Events, by topic."""
    failed: dict[UUID, Exception] = field(default_factory=dict[UUID, Exception])


class _Recorded(Aggregate):
    """What a case has recorded, looked at before it is saved."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.id)
        self.events = case.collect_events()

    def collect_events(self) -> list[Event]:
        return self.events


class Desk:
    """Carries out commands; *now* and *chance* are the only clock and dice that there are.

    *secret* gives the key of the hashes in receipts; while it changes, repeats are not known again.
    """

    def __init__(
        self,
        store: CaseStore,
        *,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes],
        secret: Callable[[], bytes],
    ) -> None:
        self.store, self.now, self.chance, self.secret = store, now, chance, secret
        self._rules: tuple[float, str | None, Rulebook] | None = None
        self._rules_lock = Lock()

    @property
    def rules(self) -> Rulebook:
        """The policies and calendars that are loaded, at most a few seconds old."""
        with self._rules_lock:
            if self._rules is None or time.monotonic() - self._rules[0] > RULES_LAST:
                self._rules = (time.monotonic(), *self._read_rules())
            return self._rules[2]

    def _read_rules(self) -> tuple[str | None, Rulebook]:
        """Return the rules and their position; while nothing was loaded, those that are at hand."""
        position = self.store.position_of(Rules.ID)
        if self._rules is not None and self._rules[1] == position:
            return position, self._rules[2]
        rules = self.store.load(Rules, Rules.ID) or Rules()
        return position, rules.rulebook()

    def context(self, actor: str, *, at: datetime | None = None, cause: Event | None = None) -> Context:
        """Return the context of a command that *actor* sends now, because of *cause* where there is one."""
        now = at or self.now()
        if cause is None:
            return Context(recorded_at=now, actor=actor, correlation_id=self.fresh_id(now))
        follows = {"correlation_id": cause.correlation_id, "causation_id": cause_of(cause)}
        return Context(recorded_at=now, actor=actor, **follows)

    def fresh_id(self, at: datetime) -> UUID:
        """Return an identifier that nothing else has, in the log of configuration."""
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

        def receive(complaint: Complaint, by: Context) -> None:
            complaint.receive(submission, by, self.rules, received_at=received_at, pins=pins)

        return self.begin(Complaint, receive, actor, request=request)

    def begin(
        self,
        kind: type[A],
        record: Callable[[A, Context], object],
        actor: str,
        *,
        request: Request | None = None,
        home: int | None = None,
    ) -> Answer:
        """Begin a case of *kind* with what *record* records on it, in the log *home* where one is named."""
        by = self.context(actor)
        chance = self.chance(10)
        homes = self._homes(request, chance, by.recorded_at) if home is None else (home,)
        case = kind(new_id(by.recorded_at, chance, log=homes[0]))
        first = None if request is None else self._first_answer(kind, request, homes, by.recorded_at)
        if first is not None:
            return first
        record(case, by)
        try:
            return self._save(case, 0, by, request, status=201, also=homes[1:])
        except LostTheRace:
            return self._answered_meanwhile(kind, request, homes, by.recorded_at)

    def command(
        self,
        id: UUID,
        command: Order,
        actor: str,
        *,
        kind: type[Aggregate] = Complaint,
        expected: int | None = None,
        request: Request | None = None,
        begins: bool = False,
        cause: Event | None = None,
    ) -> Answer:
        """Carry out *command* on a case of *kind*; with *expected*, only on that version of it.

        Without it somebody else's change in between is no obstacle: the case is
        loaded again and asked again.  A command that *begins* something needs nothing there;
        one that follows from another event names its *cause*.
        """
        scope = None if request is None else request.scope(self.secret())
        opened = _recalls(command)

        def act() -> Answer:
            by = self.context(actor, cause=cause)
            found = self.store.look(kind, id, scope, by.recorded_at, opened=opened)
            if found.receipt is not None and request is not None:
                return self._again(kind, found.receipt, request)
            case = found.aggregate or (kind(id) if begins else None)
            if case is None:
                raise NotReceived
            status = 201 if case.version == 0 else 200
            if expected is not None and case.version != expected:
                raise Stale(case.version)
            command.carry_out(case, by, self.rules)
            return self._save(case, found.number, by, request, status=status)

        try:
            return self._patiently(act, expected is None)
        except LostTheRace:
            return self._answered_meanwhile(kind, request, (log_of(id),), self.now())

    def command_all(self, orders: Mapping[UUID, Order], actor: str) -> Outcome:
        """Carry out an order for each case, of whatever kind, all saved by one commit.

        One that fails stops no other.  When somebody else changed one of the cases
        meanwhile, each is asked alone.
        """
        outcome, rules, asked = Outcome(), self.rules, list[_Recorded]()
        opened = any(map(_recalls, orders.values()))
        loaded = self.store.load_cases(list(orders), opened=opened)
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

    def first_answer(
        self, request: Request, id: UUID | None = None, *, kind: type[Aggregate] = Complaint
    ) -> Answer | None:
        """Return what the same request was answered before; refuse another under its key.

        *id* is the case that the request is about; a request that begins a case has none.
        """
        now = self.now()
        homes = self._homes(request, b"", now) if id is None else (log_of(id),)
        return self._first_answer(kind, request, homes, now)

    def _first_answer(
        self, kind: type[Aggregate], request: Request, logs: Sequence[int], now: datetime
    ) -> Answer | None:
        there = [each for each in logs if each in self.store.logs]
        receipt = self.store.receipt(request.scope(self.secret()), there, now)
        return None if receipt is None else self._again(kind, receipt, request)

    def _again(self, kind: type[Aggregate], receipt: Receipt, request: Request) -> Answer:
        if not compare_digest(receipt.fingerprint, request.fingerprint(self.secret())):
            raise KeyUsedOtherwise
        place = (receipt.version, receipt.position, receipt.status)
        return Answer(receipt.case_id, *place, prefix=PREFIXES.get(kind, ""))

    def _answered_meanwhile(
        self, kind: type[Aggregate], request: Request | None, logs: Sequence[int], now: datetime
    ) -> Answer:
        """Return the answer that the same request got while we lost the race, or lose it."""
        answer = None if request is None else self._first_answer(kind, request, logs, now)
        if answer is None:
            raise LostTheRace
        return answer

    def _homes(self, request: Request | None, chance: bytes, now: datetime) -> tuple[int, ...]:
        """Return the log of a new case, and where a repeat of its request may have put it already."""
        if request is None:
            return self.store.homes(chance, now)[:1]
        return self.store.homes(request.digest(self.secret()), now)

    def _ask(self, case: Case | Exception | None, order: Order, actor: str, rules: Rulebook) -> _Recorded:
        if isinstance(case, Exception):
            raise case
        if case is None:
            raise NotReceived
        order.carry_out(case, self.context(actor), rules)
        return _Recorded(case)

    def _alone(self, id: UUID, order: Order, actor: str, outcome: Outcome) -> None:
        for attempt in range(ATTEMPTS):
            try:
                loaded = self.store.load_cases([id], opened=_recalls(order))
                self._save_all([self._ask(loaded.get(id), order, actor, self.rules)], outcome)
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

    def _patiently(self, act: Callable[[], Answer], again: bool) -> Answer:  # noqa: FBT001 - private
        for _ in range(ATTEMPTS - 1 if again else 0):
            try:
                return act()
            except LostTheRace:
                continue
        return act()

    def _save(
        self,
        case: Aggregate,
        number: int,
        by: Context,
        request: Request | None,
        *,
        status: int = 200,
        also: Sequence[int] = (),
    ) -> Answer:
        """Save *case*, whose last stored event has *number*, with the receipt of *request*."""
        receipt = None
        if request is not None:
            secret = self.secret()
            receipt = Receipt(
                scope=request.scope(secret),
                fingerprint=request.fingerprint(secret),
                status=status,
                case_id=case.id,
                version=case.version,
                recorded_at=by.recorded_at,
                number=number,
            )
        saved = self.store.append(case, receipt=receipt, also=also)
        if saved is not None:
            log.info(
                "recorded",
                case_id=str(case.id),
                version=case.version,
                position=saved,
                correlation_id=str(by.correlation_id),
            )
        place = saved or position(log_of(case.id), number)
        return Answer(case.id, case.version, place, status, PREFIXES.get(type(case), ""))


def _recalls(order: Order) -> bool:
    """Whether *order* is held against personal text that was told before: only then is it opened.

    An order may say so itself; another one is, where it brings such text.
    """
    said = getattr(order, "recalls", None)
    return said if isinstance(said, bool) else isinstance(order, BaseModel) and says_personal(order)
