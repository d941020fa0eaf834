"""Runs an import: whole cases in large transactions, each once however often it is run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from adapters.bootstrap import Plaint
from adapters.importers import cfpb, itsm, nyc
from adapters.importers.gathering import Cases, Found, blamed
from adapters.importers.reading import CsvFile, ImportRefused, Rejected
from adapters.importers.register import Register, Unusable, possible_ids
from adapters.importers.rejects import Rejects
from adapters.memory import without_cycles
from domain.case import Case
from domain.clocks import ClockCancelled, Pin, bind
from domain.errors import DomainError, LostTheRace
from domain.kernel import Aggregate, Context
from domain.policies import Rulebook

REGISTERS: Mapping[str, Register] = {each.REGISTER.system: each.REGISTER for each in (cfpb, itsm, nyc)}
CASES_AT_ONCE = 1000
"""Cases a transaction: whole ones, so that a crash leaves none half-written."""
ATTEMPTS = 5
DATA_END = "data_end"
"""The cause by which a promise ends that was still to be kept when the data ends."""

Progress: TypeAlias = Callable[[int], object]
"""Called with the bytes of the file that have been read so far."""


@dataclass(frozen=True)
class Summary:
    """What an import did.

    ``rows`` were read; each belongs to one of the new ``cases``, or is one of ``duplicates``
    (its key was seen before, in the file or in the store) or ``rejected``.
    """

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

    *zone* is where the dates of the file are days, by default the register's own, if it has one.
    *regimes* are ``ID`` or ``ID@VERSION``.  With them the clocks of each case run as of
    the end of the data, its last dated fact: what fell due by then unmet is missed, and a
    promise still to be kept then is cancelled with the cause ``data_end``, because whether
    it was kept is not in the data.  So nothing of the past is left for the scheduler.

    Rejected rows go to *rejects_path*, by default in the data directory.
    """
    started = time.monotonic()
    register = _register(system)
    zone = _zone(register, zone)
    rules = plaint.desk.rules
    pins = _pins(rules, regimes)
    file = CsvFile(path, register.columns)
    end = _End(rules, pins, _survey(file, register, zone, judged=bool(pins)))
    rejects = Rejects(rejects_path or plaint.settings.data / f"{path.name}.rejected.csv")
    cases = Cases(file, register, zone)
    run = _Run(plaint, register, end, rejects)
    with rejects:
        found = _told(cases, progress)
        while run.takes_some(found):
            pass
    return run.summary(cases, time.monotonic() - started)


@dataclass(frozen=True)
class _End:
    """Which promises are judged, and as of when: the last dated fact of the data."""

    rules: Rulebook
    pins: tuple[Pin, ...]
    at: datetime | None

    def judge(self, case: Case, by: Context) -> None:
        """Let the clocks of *case* run to the end of the data, and no further."""
        if self.at is None or not self.pins:
            return
        case.notice_misses(self.at, by, self.rules)
        for clock in [each for each in case.clocks.values() if each.live]:
            case.record(ClockCancelled, by, occurred_at=self.at, clock_id=clock.id, cause=DATA_END)


class _Lived(Aggregate):
    """A case of which only its events are left: the state of a thousand finds no room near the processor."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.id)
        self.version, self._pending = case.version, case.collect_events()


class _Run:
    """One import: what it has stored, and what it could not."""

    def __init__(self, plaint: Plaint, register: Register, end: _End, rejects: Rejects) -> None:
        self.plaint, self.register, self.end, self.rejects = plaint, register, end, rejects
        self.cases = self.known = self.events = 0
        self._correlation = plaint.desk.fresh_id(plaint.now())

    def takes_some(self, cases: Iterator[Found | Rejected]) -> bool:
        """Take the next some of *cases*; say whether there were any."""
        with without_cycles():
            return self._took(list(islice(cases, CASES_AT_ONCE)))

    def _took(self, chunk: Sequence[Found | Rejected]) -> bool:
        """Store the cases of *chunk* that are new, in one transaction."""
        found = [each for each in chunk if isinstance(each, Found)]
        for row in chunk:
            if isinstance(row, Rejected):
                self.rejects.add(row)
        for attempt in range(ATTEMPTS):
            try:
                self._store(found)
                break
            except LostTheRace:
                if attempt == ATTEMPTS - 1:
                    raise
        return bool(chunk)

    def _store(self, found: Sequence[Found]) -> None:
        logs = self.plaint.store.logs
        ids = [possible_ids(self.register.system, each.entry, logs) for each in found]
        stored = self.plaint.store.known([id for some in ids for id in some])
        by = Context(
            recorded_at=self.plaint.now(),
            actor=f"import:{self.register.system}",
            correlation_id=self._correlation,
        )
        new: list[_Lived] = []
        known, refused = 0, list[Rejected]()
        for each, some in zip(found, ids, strict=True):
            if not stored.isdisjoint(some):
                known += len(each.lines)
                continue
            try:
                new.append(_Lived(self._lived(each, some[-1], by)))
            except Unusable as error:
                refused += blamed(error, each.lines)
        self.plaint.store.append(*new)
        self.known += known
        self.cases += len(new)
        self.events += sum(each.version for each in new)
        for row in refused:
            self.rejects.add(row)
        self.rejects.flush()

    def _lived(self, each: Found, id: UUID, by: Context) -> Case:
        try:
            case = each.entry.live(id, by, self.end.rules, self.end.pins)
            self.end.judge(case, by)
        except DomainError as error:
            raise Unusable(error.remedy) from None
        except ValidationError:
            raise Unusable("a value is missing, too long or has characters that do not print") from None
        return case

    def summary(self, cases: Cases, seconds: float) -> Summary:
        """Return what was done with the rows of *cases*."""
        rejected = self.rejects.count
        return Summary(
            rows=cases.rows,
            cases=self.cases,
            duplicates=cases.duplicates + self.known,
            rejected=rejected,
            events=self.events,
            seconds=round(seconds, 3),
            reject_files=(str(self.rejects.path),) if rejected else (),
        )


def _register(system: str) -> Register:
    register = REGISTERS.get(system)
    if register is None:
        raise ImportRefused(f"There is no importer for that system; use {', '.join(REGISTERS)}.")
    return register


def _zone(register: Register, zone: str | None) -> str:
    chosen = register.zone if zone is None else zone
    if chosen is None:
        raise ImportRefused(
            f"The files of {register.system} name no time zone; say where their dates are days, "
            f"such as {register.example}."
        )
    try:
        ZoneInfo(chosen)
    except (OSError, ValueError, KeyError):
        raise ImportRefused(f"That is no time zone; use an IANA name such as {register.example}.") from None
    return chosen


def _survey(file: CsvFile, register: Register, zone: str, *, judged: bool) -> datetime | None:
    """Read the file to its end before anything is written; return its last dated fact when it is *judged*."""
    if not judged:
        file.read_through()
        return None
    found = (each.entry.last_dated for each in Cases(file, register, zone) if isinstance(each, Found))
    return max(found, default=None)


def _told(cases: Cases, progress: Progress | None) -> Iterator[Found | Rejected]:
    for number, each in enumerate(cases):
        yield each
        if progress is not None and number % CASES_AT_ONCE == 0:
            progress(cases.file.done)
    if progress is not None:
        progress(cases.file.done)


def _pins(rules: Rulebook, regimes: Sequence[str]) -> tuple[Pin, ...]:
    wanted = [each.partition("@") for each in dict.fromkeys(regimes)]
    try:
        return bind(rules, [rules.regime(id, version or None) for id, _, version in wanted])
    except DomainError as error:
        raise ImportRefused(error.remedy) from None
