"""The desk: carries out commands on cases, each once, whoever asks however often."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hmac import compare_digest
from threading import Lock
from typing import TypeVar
from uuid import UUID

import structlog
from eventsourcing import persistence

from adapters.eventstore.receipts import Receipt, Scope
from adapters.eventstore.store import LOG, CaseStore
from adapters.eventstore.tables import position, positions, reached
from adapters.request import PREFIXES, Answer, Request
from adapters.together import Order, Outcome, Recorded, carry_out, kind_of, reaches_others, recalls
from domain.case import Case
from domain.clocks import Pin
from domain.commands.linking import Joint
from domain.complaint import Complaint
from domain.complaint.submission import Submission
from domain.configuration import Rules
from domain.errors import DomainError, LostTheRace, NotReceived
from domain.ids import log_of, new_id
from domain.kernel import Aggregate, Context, Event
from domain.policies import Rulebook
from domain.reactions import cause_of
from domain.sensitive import SensitiveValue, Spot, refused, spots
from domain.sensitive.screening import RefuseValues, TurnedAway

A = TypeVar("A", bound=Aggregate)

log = structlog.get_logger()

RULES_LAST = 5.0
"""Seconds for which a process trusts the rules it has read."""
ATTEMPTS = 5
REFUSED = 422
"""What a receipt has as its status where what was asked was refused, and that is on record."""


class Stale(DomainError):
    """The case has changed since you read it; load it again and repeat the command."""

    def __init__(self, version: int) -> None:
        super().__init__(type(self).__doc__)
        self.version = version


class KeyUsedOtherwise(DomainError):
    """That Idempotency-Key was used for another request; use a new key."""


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
        """Record a new complaint; what holds a secret is refused with `SensitiveValue`."""
        found = self.turn_away(submission, submission.form, submission.channel, actor, request=request)

        def receive(complaint: Complaint, by: Context) -> None:
            complaint.receive(submission, by, self.rules, received_at=received_at, pins=pins)
            complaint.flag_values(found, by, self.rules)

        return self.begin(Complaint, receive, actor, request=request)

    def turn_away(
        self, said: object, form: str, channel: str, actor: str, *, request: Request | None = None
    ) -> tuple[Spot, ...]:
        """Refuse to begin a case with what *said*, a model or JSON, holds, and have that on record.

        Return what is only to be flagged.  It is refused once under the key of *request*, and
        answered alike however often.
        """
        found = spots(said)
        if refused(found):

            def refuse(nobody: TurnedAway, by: Context) -> None:
                nobody.refuse(form, channel, found, by)

            self.begin(TurnedAway, refuse, actor, request=request, status=REFUSED)
            raise SensitiveValue(refused(found))
        return found

    def begin(
        self,
        kind: type[A],
        record: Callable[[A, Context], object],
        actor: str,
        *,
        request: Request | None = None,
        home: int | None = None,
        status: int = 201,
    ) -> Answer:
        """Begin a case of *kind* with what *record* records on it, in the log *home* where one is named.

        Where whoever asks sees to the first answer, it is not looked for before: a receipt that is
        stored by then is in the way of ours.
        """
        by = self.context(actor)
        chance = self.chance(10)
        homes = self._homes(request, chance, by.recorded_at) if home is None else (home,)
        case = kind(new_id(by.recorded_at, chance, log=homes[0]))
        if request is not None and not request.looked:
            first = self._first_answer(kind, request, homes, by.recorded_at)
            if first is not None:
                return first
        record(case, by)
        try:
            return self._save(case, 0, by, request, self._scope(request), status=status, also=homes[1:])
        except LostTheRace as error:
            return self._answered_before(error, kind, request, homes)

    def command(
        self,
        id: UUID,
        command: Order | Joint,
        actor: str,
        *,
        kind: type[Aggregate] = Complaint,
        expected: int | None = None,
        request: Request | None = None,
        begins: bool = False,
        cause: Event | None = None,
        sent_to: UUID | None = None,
    ) -> Answer:
        """Carry out *command* on a case of *kind*; with *expected*, only on that version of it.

        Without it somebody else's change in between is no obstacle: the case is loaded and asked again;
        nor is a change of another case that *command* concerns, which is saved with this one or not at all.
        The receipt of the same *request* stands in the way of a second, so it is looked for once something
        does.  A command that *begins* something needs nothing there; one that follows from another event
        names its *cause*.  What was *sent_to* another case, which goes on in this one, is known there too
        when it is repeated.  What would tell a case a secret is refused with `SensitiveValue`, and that is
        on record; what follows from an event was looked at before.
        """
        scope = self._scope(request)
        found = spots(command) if issubclass(kind, Case) and cause is None else ()
        secrets = refused(found)
        order, flagged = (RefuseValues(found), ()) if secrets else (command, found)
        opened = recalls(order)

        def act(known: Scope | None) -> Answer:
            by = self.context(actor, cause=cause)
            looked = self.store.look(kind, id, known, by.recorded_at, opened=opened)
            if looked.receipt is not None and request is not None:
                return self._again(kind, looked.receipt, request, id)
            case = looked.aggregate or (kind(id) if begins else None)
            if case is None:
                raise NotReceived
            status = REFUSED if secrets else 201 if case.version == 0 else 200
            if expected is not None and case.version != expected:
                raise Stale(case.version)
            done = carry_out(self.store, order, case, by, self.rules, flagged=flagged)
            number = looked.number if done.case is case else self._number(done.case.id)
            also = {log_of(case.id), log_of(sent_to or case.id)} - {log_of(done.case.id)}
            status = 201 if done.begun else status
            return self._save(
                done.case, number, by, request, scope, others=done.others, status=status, also=tuple(also)
            )

        try:
            again = expected is None or reaches_others(order)
            # What may begin another case is not tried for nothing: a key would be made for it.
            answer = self._patiently(act, scope, again=again, looked=isinstance(order, Joint))
        except persistence.PersistenceError:
            raise
        except Exception as error:  # noqa: BLE001 - whichever it is, the same request may not have met it
            answer = self._answered_before(error, kind, request, (log_of(id),), id)
        if secrets:
            raise SensitiveValue(secrets, answer.version)
        return answer

    def command_all(self, orders: Mapping[UUID, Order], actor: str) -> Outcome:
        """Carry out an order for each case, of whatever kind, all saved by one commit.

        One that fails stops no other.  When somebody else changed one of the cases
        meanwhile, each is asked alone.
        """
        outcome, rules, asked = Outcome(), self.rules, list[Recorded]()
        opened = any(map(recalls, orders.values()))
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
        self,
        request: Request,
        id: UUID | None = None,
        *,
        kind: type[Aggregate] = Complaint,
        said: Callable[[], object] = dict[str, object],
    ) -> Answer | None:
        """Return what the same request was answered before; refuse another under its key.

        *id* is the case that the request is about; a request that begins a case has none.
        What was refused for a secret in what was *said* is refused again, and not recorded again.
        """
        now = self.now()
        homes = self._homes(request, b"", now) if id is None else (log_of(id),)
        answer = self._first_answer(kind, request, homes, now, id)
        if answer is not None and answer.status == REFUSED:
            version = answer.version if id is not None and issubclass(kind, Case) else None
            raise SensitiveValue(refused(spots(said())), version)
        return answer

    def _scope(self, request: Request | None) -> Scope | None:
        return None if request is None else request.scope(self.secret())

    def _first_answer(
        self,
        kind: type[Aggregate],
        request: Request,
        logs: Sequence[int],
        now: datetime,
        id: UUID | None = None,
    ) -> Answer | None:
        there = [each for each in logs if each in self.store.logs]
        receipt = self.store.receipt(request.scope(self.secret()), there, now)
        return None if receipt is None else self._again(kind, receipt, request, id)

    def _again(self, kind: type[Aggregate], receipt: Receipt, request: Request, id: UUID | None) -> Answer:
        if not compare_digest(receipt.fingerprint, request.fingerprint(self.secret())):
            raise KeyUsedOtherwise
        place = (receipt.version, receipt.position, receipt.status)
        kind = kind_of(self.store, receipt.case_id, id, kind)
        return Answer(receipt.case_id, *place, prefix=PREFIXES.get(kind, ""))

    def _answered_before(
        self,
        error: Exception,
        kind: type[Aggregate],
        request: Request | None,
        logs: Sequence[int],
        id: UUID | None = None,
    ) -> Answer:
        """Return the answer that the same request got already, or raise the *error* that this one met."""
        answer = None if request is None else self._first_answer(kind, request, logs, self.now(), id)
        if answer is None:
            raise error
        return answer

    def _homes(self, request: Request | None, chance: bytes, now: datetime) -> tuple[int, ...]:
        """Return the log of a new case, and where a repeat of its request may have put it already."""
        if request is None:
            return self.store.homes(chance, now)[:1]
        return self.store.homes(request.digest(self.secret()), now)

    def _ask(self, case: Case | Exception | None, order: Order, actor: str, rules: Rulebook) -> Recorded:
        if isinstance(case, Exception):
            raise case
        if case is None:
            raise NotReceived
        order.carry_out(case, self.context(actor), rules)
        return Recorded(case)

    def _alone(self, id: UUID, order: Order, actor: str, outcome: Outcome) -> None:
        for attempt in range(ATTEMPTS):
            try:
                loaded = self.store.load_cases([id], opened=recalls(order))
                self._save_all([self._ask(loaded.get(id), order, actor, self.rules)], outcome)
            except LostTheRace as error:
                if attempt == ATTEMPTS - 1:
                    outcome.failed[id] = error
            except Exception as error:  # noqa: BLE001 - the caller reports it
                outcome.failed[id] = error
                return
            else:
                return

    def _save_all(self, asked: list[Recorded], outcome: Outcome) -> None:
        saved = self.store.append(*asked)
        if saved is not None:
            changed = [each for each in asked if each.events]
            outcome.recorded.update(event.TOPIC for each in changed for event in each.events)
            log.info("recorded_together", cases=len(changed), position=saved)

    def _patiently(
        self, act: Callable[[Scope | None], Answer], scope: Scope | None, *, again: bool, looked: bool
    ) -> Answer:
        for attempt in range(ATTEMPTS - 1 if again else 0):
            try:
                return act(scope if looked or attempt else None)
            except LostTheRace:
                continue
        return act(scope if looked or again else None)

    def _number(self, id: UUID) -> int:
        """Return the number of the last event of a case, 0 for one that is not stored yet."""
        place = self.store.position_of(id)
        return reached(place)[log_of(id)] if place else 0

    def _save(
        self,
        case: Aggregate,
        number: int,
        by: Context,
        request: Request | None,
        scope: Scope | None,
        *,
        others: Sequence[Aggregate] = (),
        status: int = 200,
        also: Sequence[int] = (),
    ) -> Answer:
        """Save *case*, last stored under *number*, and *others*, with the receipt of *request* in *scope*."""
        receipt = None
        if request is not None and scope is not None:
            receipt = Receipt(
                scope=scope,
                fingerprint=request.fingerprint(self.secret()),
                status=status,
                case_id=case.id,
                version=case.version,
                recorded_at=by.recorded_at,
                number=number,
            )
        saved = self.store.put(case, *others, receipt=receipt, also=also)
        if saved:
            log.info(
                "recorded",
                case_id=str(case.id),
                version=case.version,
                position=positions(saved),
                correlation_id=str(by.correlation_id),
            )
        home = log_of(case.id)
        place = position(home, saved.get(home, number))
        return Answer(case.id, case.version, place, status, PREFIXES.get(type(case), ""))
