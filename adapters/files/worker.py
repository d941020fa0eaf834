"""Looks at the files that wait, one at a time, and says of each what it is or why it is refused.

A worker that takes a file records so on the case: whoever comes second finds it taken.  A worker
that dies leaves it taken until its time has passed; then any other, or the scheduler, has the case
raise the alarm, and the file waits anew.  Nothing else is kept of who works on what.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Protocol

import structlog

from adapters.files.checking import Verdict
from adapters.files.clamav import ScannerAway
from adapters.files.ports import FileMissing, StoreAway
from adapters.files.reasons import Refusal
from adapters.vault.errors import SealBroken, VaultAway
from domain.attachments.errors import FileGone
from domain.attachments.limits import SCANNING_LASTS
from domain.attachments.orders import NoticeFiles, SettleFile, TakeFile

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.desk import Desk, Order
    from adapters.feed import Signal
    from adapters.files.files import Files
    from adapters.files.queue import FileQueue
    from projections.files import FileRow

log = structlog.get_logger()

ACTOR = "system:files"
AT_ONCE = 20
"""Files that are looked up together."""
POLL = 0.5
"""Seconds between two looks at the queue: correct alone, a signal only makes it quicker."""
PACE = 0.05
"""Seconds to rest after a look: a burst of moves is one."""
FIRST_REST, LONGEST_REST = 2.0, 120.0
"""Seconds of rest after a failure, such as a vault that is away, doubled each time, and their most."""
ASIDE = timedelta(minutes=2)
"""For how long a file is passed over that cannot be looked at though others can."""
TRIES = 3
"""Times that a file is looked at before a check that fails counts as the file's fault."""


class Check(Protocol):
    """Looks at a file in a process of its own."""

    def __call__(self, path: Path, /) -> Verdict:
        """Return what the file at *path* is."""
        ...


class FileWorker:
    """A thread that looks at files as they come; *number* tells the workers of a process apart."""

    def __init__(
        self,
        files: Files,
        queue: FileQueue,
        check: Check,
        moved: Signal,
        *,
        now: Callable[[], datetime],
        wake: Callable[[], object] = lambda: None,
        ready: Callable[[], object] = lambda: None,
        lasts: timedelta = SCANNING_LASTS,
        number: int = 0,
    ) -> None:
        self._files, self._queue, self._check = files, queue, check
        self._moved, self._now, self._wake, self._ready = moved, now, wake, ready
        self._lasts, self._number = lasts, number
        self._aside: dict[UUID, datetime] = {}
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=f"files-{number}", daemon=True)

    def start(self) -> None:
        """Begin to look at files."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the file at hand, and stop."""
        self._stopping.set()
        self._moved.arrived()
        if self._thread.is_alive():
            self._thread.join(timeout=60)

    def round(self) -> int:
        """Notice what stands too long, and look at what waits; return how many files were settled."""
        now = self._now()
        late = {row.case_id: NoticeFiles(now) for row in self._queue.overdue(now, AT_ONCE)}
        if late:
            self._ask(late)
        found = self._waiting(now)
        if found:
            self._ready()
        # Each worker begins elsewhere, or all would reach for the same file.
        start = (self._number * 7 + os.getpid()) % len(found) if found else 0
        return sum(
            self._tried(row) for row in (*found[start:], *found[:start]) if not self._stopping.is_set()
        )

    def _waiting(self, now: datetime) -> list[FileRow]:
        self._aside = {id: until for id, until in self._aside.items() if until > now}
        found = self._queue.waiting(AT_ONCE + len(self._aside))
        return [row for row in found if row.id not in self._aside][:AT_ONCE]

    def _tried(self, row: FileRow) -> bool:
        """Look at one file; where that fails because of this one alone, pass it over for a while."""
        try:
            return self._look_at(row)
        except (FileMissing, ScannerAway) as error:
            log.warning("file_waits", file_id=str(row.id), error=type(error).__name__, remedy=str(error))
            self._aside[row.id] = self._now() + ASIDE
            return False

    def _run(self) -> None:
        rest = FIRST_REST
        while not self._stopping.is_set():
            seen = self._moved.count
            try:
                self.round()
            except Exception as error:
                if isinstance(error, VaultAway | StoreAway | ScannerAway):
                    log.warning("files_wait", error=type(error).__name__, remedy=str(error))
                else:
                    log.exception("files_not_looked_at")
                self._stopping.wait(rest)
                rest = min(2 * rest, LONGEST_REST)
            else:
                rest = FIRST_REST
                self._stopping.wait(PACE)
                self._moved.wait(seen, POLL)

    def _look_at(self, row: FileRow) -> bool:
        """Look at one file, unless somebody else does; return whether it is settled now.

        It is taken once it is at hand: what is kept away by a store or a vault loses no attempt.
        """
        with ExitStack() as lent:
            found = self._found(row, lent)
            take = TakeFile(row.id, self._now() + self._lasts)
            if not self._ask({row.case_id: take}) or not take.taken:
                return False
            verdict = Verdict(reason=found) if isinstance(found, Refusal) else self._checked(found)
        reason = "" if verdict.kind else (verdict.reason or Refusal.CHECK_FAILED).value
        settle = SettleFile(row.id, kind=verdict.kind, reason=reason)
        done = self._ask({row.case_id: settle})
        # Another worker may have had it accepted meanwhile: then it is kept.
        if done and settle.refused:
            self._files.destroy([row.file.address])
        return done

    def _found(self, row: FileRow, lent: ExitStack) -> Path | Refusal:
        """Return where the file is in clear while it is *lent*, or why it cannot be opened."""
        try:
            return lent.enter_context(self._in_clear(row))
        except FileGone:
            return Refusal.ERASED
        except SealBroken:
            log.error("sealed_file_broken", file_id=str(row.id))  # noqa: TRY400 - a traceback may quote it
            return Refusal.DAMAGED

    def _checked(self, path: Path) -> Verdict:
        """Return what the check says; where it fails by itself, what it says the next time."""
        verdict = self._check(path)
        for _ in range(TRIES - 1):
            if verdict.reason is not Refusal.CHECK_FAILED:
                break
            verdict = self._check(path)
        return verdict

    @contextmanager
    def _in_clear(self, row: FileRow) -> Generator[Path]:
        """Lend the file in clear, in memory and on no disk, under a path that ends with the process."""
        with os.fdopen(os.memfd_create("file"), "w+b") as file:
            for chunk in self._files.content(row.case_id, row.file):
                file.write(chunk)
            file.flush()
            yield Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")

    def _ask(self, orders: Mapping[UUID, Order]) -> bool:
        """Have cases carry out *orders*; return whether all could."""
        outcome = self._desk.command_all(orders, ACTOR)
        for id, error in outcome.failed.items():
            log.warning("case_not_told_of_its_file", case_id=str(id), error=type(error).__name__)
        self._wake()
        return not outcome.failed

    @property
    def _desk(self) -> Desk:
        return self._files.desk
