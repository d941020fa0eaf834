"""Runs an import: whole cases in large transactions, each once however often it is run."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Self, TypeAlias
from zoneinfo import ZoneInfo

from adapters.bootstrap import Plaint
from adapters.importers import cfpb
from adapters.importers.reading import CsvFile, ImportRefused, Record, Rejected
from domain.clocks import ClockCancelled, Pin, bind
from domain.complaint import Complaint
from domain.errors import DomainError, LostTheRace
from domain.kernel import Context
from domain.policies import Rulebook

CASES_AT_ONCE = 200
"""Cases a transaction: whole ones, so that a crash leaves none half-written."""
ATTEMPTS = 5
DATA_END = "data_end"
"""The cause by which a promise ends that was still to be kept when the data ends."""

Progress: TypeAlias = Callable[[int], object]
"""Called with the bytes of the file that have been read so far."""


@dataclass(frozen=True)
class Summary:
    """What an import did; ``rows`` is the sum of *cases*, *duplicates* and *rejected*."""

    rows: int = 0
    cases: int = 0
    duplicates: int = 0
    rejected: int = 0
    events: int = 0
    seconds: float = 0.0
    reject_files: tuple[str, ...] = ()
    """The files that name each rejected row, one for each file that had any."""

    @property
    def nothing_read(self) -> bool:
        """Whether there were rows and none of them could be used."""
        return 0 < self.rows == self.rejected

    def __add__(self, other: Summary) -> Summary:
        return Summary(
            rows=self.rows + other.rows,
            cases=self.cases + other.cases,
            duplicates=self.duplicates + other.duplicates,
            rejected=self.rejected + other.rejected,
            events=self.events + other.events,
            seconds=round(self.seconds + other.seconds, 3),
            reject_files=self.reject_files + other.reject_files,
        )


def import_file(
    plaint: Plaint,
    path: Path,
    *,
    system: str = cfpb.SYSTEM,
    zone: str | None = None,
    regimes: Sequence[str] = (),
    progress: Progress | None = None,
    rejects_path: Path | None = None,
) -> Summary:
    """Record every case of *path* that the store does not have; raise ImportRefused before anything is.

    *zone* is where the dates of the file are days, by default the register's own.
    *regimes* are ``ID`` or ``ID@VERSION``.  With them the clocks of each case run as of
    the end of the data, its last dated fact: what fell due by then unmet is missed, and a
    promise still to be kept then is cancelled with the cause ``data_end``, because whether
    it was kept is not in the data.  So nothing of the past is left for the scheduler.

    Rejected rows go to *rejects_path*, by default in the data directory.
    """
    started = time.monotonic()
    if system != cfpb.SYSTEM:
        raise ImportRefused(f"There is no importer for that system; use {cfpb.SYSTEM}.")
    zone = cfpb.ZONE if zone is None else zone
    if not _is_zone(zone):
        raise ImportRefused("That is no time zone; use an IANA name such as America/New_York.")
    rules = plaint.desk.rules
    pins = _pins(rules, regimes)
    file = CsvFile(path, cfpb.COLUMNS)
    end = _End(rules, pins, _survey(file, zone))
    rejects = Rejects(rejects_path or plaint.settings.data / f"{path.name}.rejected.csv")
    run = _Run(plaint, end, rejects)
    with rejects:
        rows = _counted(file, progress)
        while chunk := list(islice(rows, CASES_AT_ONCE)):
            run.take(chunk, zone)
    return run.summary(time.monotonic() - started)


class Rejects:
    """The rows that could not be used: line and reason, and nothing of what they say."""

    def __init__(self, path: Path) -> None:
        self.path, self.count = path, 0
        self._lines: list[Rejected] = []

    def add(self, row: Rejected) -> None:
        """Note one row."""
        self.count += 1
        self._lines.append(row)

    def __enter__(self) -> Self:
        with self._said_clearly():
            self.path.unlink(missing_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def flush(self) -> None:
        """Write what was noted since the last call."""
        if not self._lines:
            return
        with self._said_clearly():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            with self.path.open("a", encoding="utf-8", newline="") as file:
                writer = csv.writer(file)
                writer.writerows([("line", "reason")] if new else [])
                writer.writerows((each.line, each.reason) for each in self._lines)
        self._lines.clear()

    @contextmanager
    def _said_clearly(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise ImportRefused(
                f"{self.path} cannot be written ({error.strerror}); name another file for rejected rows."
            ) from None


@dataclass(frozen=True)
class _End:
    """Which promises are judged, and as of when: the last dated fact of the data."""

    rules: Rulebook
    pins: tuple[Pin, ...]
    at: datetime | None

    def judge(self, complaint: Complaint, by: Context) -> None:
        """Let the clocks of *complaint* run to the end of the data, and no further."""
        if self.at is None or not self.pins:
            return
        complaint.notice_misses(self.at, by, self.rules)
        for clock in [each for each in complaint.clocks.values() if each.live]:
            complaint.record(ClockCancelled, by, occurred_at=self.at, clock_id=clock.id, cause=DATA_END)


class _Run:
    """One import: what it has seen and what it has stored."""

    def __init__(self, plaint: Plaint, end: _End, rejects: Rejects) -> None:
        self.plaint, self.end, self.rejects = plaint, end, rejects
        self.rows = self.cases = self.duplicates = self.events = 0
        self._correlation = plaint.desk.fresh_id(plaint.now())
        self._seen: set[str] = set()

    def take(self, chunk: Sequence[Record | Rejected], zone: str) -> None:
        """Store the cases of *chunk* that are new, in one transaction."""
        self.rows += len(chunk)
        entries: list[tuple[int, cfpb.Entry]] = []
        for row in chunk:
            found = self._entry(row, zone)
            if found is not None:
                entries.append((row.line, found))
        for _ in range(ATTEMPTS - 1):
            try:
                return self._store(entries)
            except LostTheRace:
                continue
        return self._store(entries)

    def _entry(self, row: Record | Rejected, zone: str) -> cfpb.Entry | None:
        if isinstance(row, Rejected):
            self.rejects.add(row)
            return None
        try:
            entry = cfpb.entry(row.fields, zone)
        except cfpb.Unusable as error:
            self.rejects.add(Rejected(row.line, str(error)))
            return None
        key = row.fields["complaint_id"]
        if key in self._seen:
            self.duplicates += 1
            return None
        self._seen.add(key)
        return entry

    def _store(self, entries: Sequence[tuple[int, cfpb.Entry]]) -> None:
        known = self.plaint.store.known([each.id for _, each in entries])
        by = Context(
            recorded_at=self.plaint.now(), actor=f"import:{cfpb.SYSTEM}", correlation_id=self._correlation
        )
        complaints: list[Complaint] = []
        refused: list[Rejected] = []
        for line, each in entries:
            if each.id in known:
                continue
            try:
                complaints.append(self._complaint(each, by))
            except DomainError as error:
                refused.append(Rejected(line, error.remedy))
        self.plaint.store.append(*complaints)
        self.duplicates += len(known)
        self.cases += len(complaints)
        self.events += sum(each.version for each in complaints)
        for row in refused:
            self.rejects.add(row)
        self.rejects.flush()

    def _complaint(self, each: cfpb.Entry, by: Context) -> Complaint:
        complaint = Complaint(each.id)
        cfpb.replay(each, complaint, by, self.end.rules, self.end.pins)
        self.end.judge(complaint, by)
        return complaint

    def summary(self, seconds: float) -> Summary:
        """Return what was done."""
        rejected = self.rejects.count
        return Summary(
            rows=self.rows,
            cases=self.cases,
            duplicates=self.duplicates,
            rejected=rejected,
            events=self.events,
            seconds=round(seconds, 3),
            reject_files=(str(self.rejects.path),) if rejected else (),
        )


def _survey(file: CsvFile, zone: str) -> datetime | None:
    """Read the file to its end before anything is written, and return its last dated fact."""
    last: datetime | None = None
    for row in file.records():
        try:
            dated = cfpb.entry(row.fields, zone).last_dated if isinstance(row, Record) else None
        except cfpb.Unusable:
            continue
        last = max(filter(None, (last, dated)), default=None)
    return last


def _counted(file: CsvFile, progress: Progress | None) -> Iterator[Record | Rejected]:
    for number, row in enumerate(file.records()):
        yield row
        if progress is not None and number % CASES_AT_ONCE == 0:
            progress(file.done)
    if progress is not None:
        progress(file.done)


def _pins(rules: Rulebook, regimes: Sequence[str]) -> tuple[Pin, ...]:
    wanted = [each.partition("@") for each in dict.fromkeys(regimes)]
    try:
        return bind(rules, [rules.regime(id, version or None) for id, _, version in wanted])
    except DomainError as error:
        raise ImportRefused(error.remedy) from None


def _is_zone(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError):
        return False
    return True
