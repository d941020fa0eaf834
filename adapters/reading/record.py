"""Readings on their way to disk: many by one commit, none dropped, and refused rather than unrecorded."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Condition, Thread
from typing import Protocol
from uuid import UUID

import structlog

from adapters.reading.log import ReadLog
from domain.access import Guarded, Principal, Sensitivity
from domain.ids import new_id
from domain.reading import CaseRead, Part, waits_for_record

logger = structlog.get_logger()

PAUSE = 0.05
"""Seconds for which an ordinary reading may wait for others to share its commit.

So much of what ordinary readers saw can be lost when the process is killed, and no more.
"""
MOST = 10_000
"""Readings that may wait; who comes then waits for room."""
BATCH = 1_000
PATIENCE = 5.0
"""Seconds for which a reader waits for room or for the disk, before the reading is refused."""
TRY_AGAIN = 1.0
"""Seconds between two attempts at a database that is away."""


class NotRecorded(Exception):
    """The reading cannot be recorded, so the case is not shown; repeat the request."""


class Opened(Guarded, Protocol):
    """A case that is opened."""

    @property
    def id(self) -> UUID: ...


@dataclass(frozen=True)
class Unplaced:
    """What says something of a person and is no case, such as a user, or is not known yet as one."""

    id: UUID
    team: str = ""
    legal_entity: str = ""
    sensitivity: Sensitivity = Sensitivity.NORMAL


@dataclass(eq=False)
class _Entry:
    event: CaseRead
    awaited: bool
    done: bool = False
    refused: bool = False


class Readings:
    """Takes down who reads what; its one thread starts with the first reading."""

    def __init__(
        self,
        log: ReadLog,
        *,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes] = os.urandom,
        most: int = MOST,
        patience: float = PATIENCE,
    ) -> None:
        self.log, self.now, self.chance, self.most, self.patience = log, now, chance, most, patience
        self.recorded = 0
        self.failing = False
        self._queue: deque[_Entry] = deque()
        self._condition = Condition()
        self._thread: Thread | None = None
        self._urgent = self._stopping = False

    @property
    def waiting(self) -> int:
        """How many readings are not on disk yet."""
        return len(self._queue)

    def record(
        self,
        who: Principal,
        case: Opened,
        part: Part,
        purpose: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Take down that *who* opens *part* of *case*; raise NotRecorded when that cannot be.

        Some readers wait until it is on disk (`waits_for_record`); the others until there is room for it.
        Raises VaultAway when *purpose* cannot be sealed.
        """
        self.record_all(who, [case], part, purpose, request_id)

    def record_at_once(self, who: Principal, case: Opened, part: Part, request_id: str | None = None) -> bool:
        """Take down the same where nothing has to be waited for; else False, and nothing is taken down."""
        if waits_for_record(who, case.id, case):
            return False
        entry = _Entry(self._event(who, case.id, part, None, request_id), awaited=False)
        with self._condition:
            ready = not self._stopping and self._has_room(1)
            if ready:
                self._put([entry])
        return ready

    def record_all(
        self,
        who: Principal,
        cases: Iterable[Opened],
        part: Part,
        purpose: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Take down that *who* opens *part* of each of *cases*, as `record` does."""
        entries = [
            _Entry(
                self._event(who, case.id, part, purpose, request_id),
                awaited=waits_for_record(who, case.id, case, purpose),
            )
            for case in cases
        ]
        if purpose is not None:
            for entry in entries:
                self.log.prepare(entry.event)
        if entries:
            self._enter(entries)

    def flush(self) -> None:
        """Wait until everything that was taken down is on disk; raise NotRecorded where that fails."""
        with self._condition:
            if self._queue:
                self._start()
            self._hurry()
            if not self._condition.wait_for(lambda: not self._queue, self.patience):
                raise NotRecorded(NotRecorded.__doc__)

    def stop(self) -> None:
        """Write what waits, and stop; nothing new is taken down meanwhile."""
        with self._condition:
            if self._queue:
                self._start()
            self._stopping = True
            self._condition.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=2 * self.patience)
        with self._condition:
            if self._queue:
                logger.error("readings_lost", number=len(self._queue))
                self._queue.clear()
            # A thread that the disk still holds is not followed by another, which would write beside it.
            self._stopping = self._thread is not None and self._thread.is_alive()

    def _event(
        self, who: Principal, case: UUID, part: Part, purpose: str | None, request_id: str | None
    ) -> CaseRead:
        now = self.now()
        return CaseRead(
            originator_id=case,
            originator_version=0,
            recorded_at=now,
            occurred_at=now,
            actor=who.actor,
            correlation_id=new_id(now, self.chance(10)),
            part=part,
            principal=who.id,
            behind=who.behind,
            request_id=request_id,
            purpose=purpose,
        )

    def _enter(self, entries: Sequence[_Entry]) -> None:
        end = time.monotonic() + self.patience
        awaited = [entry for entry in entries if entry.awaited]
        with self._condition:
            if not self._stopping:
                self._start()
            self._condition.wait_for(lambda: self._stopping or self._has_room(len(entries)), self.patience)
            if self._stopping or not self._has_room(len(entries)):
                raise NotRecorded(NotRecorded.__doc__)
            self._put(entries)
            if not awaited:
                return
            self._hurry()
            self._condition.wait_for(lambda: all(each.done for each in awaited), end - time.monotonic())
            if all(each.done and not each.refused for each in awaited):
                return
            # What the thread has in hand may still be stored: that says more than was seen, never less.
            for each in entries:
                each.refused = True
        raise NotRecorded(NotRecorded.__doc__)

    def _put(self, entries: Sequence[_Entry]) -> None:
        self._start()
        first = not self._queue
        self._queue.extend(entries)
        # The thread that gathers a batch is not woken for each: it wakes by itself when time is up.
        if first or len(self._queue) >= BATCH:
            self._condition.notify_all()

    def _has_room(self, number: int) -> bool:
        return not self._queue or len(self._queue) + number <= self.most

    def _hurry(self) -> None:
        self._urgent = True
        self._condition.notify_all()

    def _start(self) -> None:
        """Have a thread that writes; one that died may have stored what it had in hand."""
        if self._thread is None or not self._thread.is_alive():
            again = self._thread is not None
            self._thread = Thread(target=self._run, kwargs={"again": again}, name="readings", daemon=True)
            self._thread.start()

    def _run(self, *, again: bool) -> None:
        while batch := self._next():
            try:
                unsealed = self.log.append([entry.event for entry in batch], again=again)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again, and readers are refused
                again = self.failing = True
                logger.error("readings_not_recorded", error=type(error).__name__, number=len(batch))  # noqa: TRY400
                if not self._give_back(batch):
                    return
            else:
                again = self.failing = False
                self._settle(batch, unsealed)

    def _next(self) -> list[_Entry]:
        """Return what is to be written next; nothing when told to stop."""
        with self._condition:
            while True:
                self._condition.wait_for(lambda: self._queue or self._stopping)
                if not self._stopping:
                    self._condition.wait_for(self._pressing, PAUSE)
                self._urgent = False
                while self._queue and self._queue[0].refused:
                    self._queue.popleft()
                if self._queue or self._stopping:
                    return [entry for entry in self._queue if not entry.refused][:BATCH]

    def _pressing(self) -> bool:
        return self._urgent or self._stopping or len(self._queue) >= BATCH

    def _settle(self, batch: Sequence[_Entry], unsealed: set[UUID]) -> None:
        with self._condition:
            for entry in batch:
                entry.done, entry.refused = True, entry.event.correlation_id in unsealed
            self._queue = deque(entry for entry in self._queue if not entry.done)
            self.recorded += len(batch) - len(unsealed)
            self._condition.notify_all()

    def _give_back(self, batch: Sequence[_Entry]) -> bool:
        """Refuse who waits for *batch*, keep the others for the next attempt; say whether there is one."""
        with self._condition:
            for entry in batch:
                entry.done = entry.refused = entry.awaited
            self._queue = deque(entry for entry in self._queue if not entry.refused)
            self._condition.notify_all()
            if not self._stopping:
                self._condition.wait_for(lambda: self._stopping, TRY_AGAIN)
                return True
            return False
