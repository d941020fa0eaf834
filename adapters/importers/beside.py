"""Read models that follow an import beside it, in a process of their own, so that two processors work."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import structlog

from adapters import logs
from adapters.bootstrap import Plaint
from adapters.settings import Settings
from adapters.views.stepping import FAR

log = structlog.get_logger()

LONG = 1.0
"""Seconds after which an import is long enough for a second process: about what starting one takes."""
PAUSE = 0.1
"""Seconds between two looks, of the one at the log and of the other at how far the one is."""
PROGRAM = "from adapters.importers.beside import follow; follow()"
ALL_STORED = b"all stored\n"


class Beside:
    """The process that folds what an import stores, if there is one.

    The import never waits for it but at the end.  Each batch is folded whole or not at all,
    so it may be killed at any time: what it has not folded, `finish` folds.
    """

    def __init__(self, plaint: Plaint, jobs: int) -> None:
        settings = plaint.settings
        one_file = plaint.log_database.is_sqlite and settings.views_database == settings.log_database
        self._plaint = plaint
        self._wanted = jobs > 1 and not one_file  # two writers of one file would only wait for each other
        self._began = time.monotonic()
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, None where there is none."""
        return None if self._child is None else self._child.pid

    def look(self) -> None:
        """Begin to fold as soon as the import is a long one; to be called again and again."""
        if self._wanted and self._child is None and time.monotonic() - self._began >= LONG:
            self._start()

    def finish(self, progress: Callable[[int], object] = lambda _: None) -> bool:
        """Fold everything that is stored; say whether a process beside did it as it should.

        *progress* is told how many events the slowest read model has behind it.
        """
        well = True
        if self._child is not None:
            self._say(self._child, ALL_STORED)
            while self._child.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    self._child.wait(PAUSE)
                progress(self._folded())
            well = self._child.returncode == 0
        before = self._folded()
        self._plaint.views.catch_up(lambda new: progress(before + new))
        return well

    def stop(self) -> None:
        """Let the process end, after the batch that it has in hand."""
        if self._child is not None and self._child.stdin is not None:
            with suppress(OSError):
                self._child.stdin.close()
            self._child.wait()

    def _start(self) -> None:
        command = [sys.executable, "-P", "-c", PROGRAM]
        found_in = os.pathsep.join(each or str(Path.cwd()) for each in sys.path)
        try:
            child = subprocess.Popen(  # noqa: S603 - our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": found_in},
                start_new_session=True,  # Ctrl-C is the business of the import, which ends this one
            )
        except OSError as error:
            self._wanted = False
            log.warning("read_models_not_followed", error=error.strerror)
            return
        self._child = child
        self._say(child, self._plaint.settings.model_dump_json().encode() + b"\n")

    def _say(self, child: subprocess.Popen[bytes], what: bytes) -> None:
        if child.stdin is not None:
            with suppress(OSError):  # nobody is there any more
                child.stdin.write(what)
                child.stdin.flush()

    def _folded(self) -> int:
        return self._plaint.store.count() - self._plaint.views.lag()


@contextmanager
def folding_beside(plaint: Plaint, jobs: int | None = None) -> Generator[Beside]:
    """Have read models fold what is stored meanwhile, if two of *jobs* can be done at once.

    By default there are as many as this process may use processors.
    """
    beside = Beside(plaint, _processors() if jobs is None else jobs)
    try:
        yield beside
    finally:
        beside.stop()


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def follow() -> None:
    """Fold until the import says that it has stored everything, and that too; end as soon as it is gone.

    Standard input has the settings, then that word.  Until then many events are folded at once
    or none: rows that they share are saved once.
    """
    line = sys.stdin.fileno()
    with open(line, "rb", buffering=0, closefd=False) as said:
        told = said.readline()
        if not told:
            return
        settings = Settings.model_validate_json(told)
        logs.configure(settings.log_format, level="WARNING")
        plaint = Plaint(settings)
        engine, enough = plaint.views, FAR * len(plaint.store.logs)
        try:
            while not _heard(line):
                if engine.lag() < enough or not engine.step_builds():
                    _heard(line, PAUSE)
            if said.readline() == ALL_STORED:
                engine.catch_up(stopping=lambda: _heard(line))
        except Exception as error:  # noqa: BLE001 - whatever it is, the import folds the rest
            log.warning("read_models_not_followed", error=type(error).__name__)
            raise SystemExit(1) from None
        finally:
            plaint.close()


def _heard(line: int, seconds: float = 0.0) -> bool:
    """Whether something is said on *line* within so many seconds, or nobody is there to say anything."""
    return bool(select.select([line], [], [], seconds)[0])
