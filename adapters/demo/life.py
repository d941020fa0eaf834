"""Gives the complaints of the sample a life at a simulated desk, so that the demo is alive today.

What is simulated says so: the facts of the desk have the actor ``simulation``, and after a
reopening ``simulation:second``.  The source of each case names what was invented: its dates, its
desk life and, for about a quarter of the cases, its country, so that MiCA runs beside the
house's own promises.

The same seed and instant give the same events; only their seals differ.  The log holds one case after
the other in order of receipt; ``recorded_at`` is the simulated instant, not today's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from itertools import count
from pathlib import Path
from random import Random
from uuid import UUID

from adapters.bootstrap import Plaint
from adapters.demo.office import Arrivals, Office
from adapters.demo.story import Story
from adapters.importers import cfpb
from adapters.importers.reading import CsvFile, Record
from domain.clocks.warning import fires_at
from domain.commands import Reopen
from domain.complaint import Complaint
from domain.complaint.register import Source
from domain.complaint.submission import Submission
from domain.ids import derived, imported
from domain.kernel import Context
from domain.policies import Rulebook

ACTOR = "simulation"
SECOND = f"{ACTOR}:second"
"""Who goes on after a reopening: whoever decided a complaint does not decide it again."""
IMPORTER = f"import:{cfpb.SYSTEM}"
CASES_AT_ONCE = 200
NOTICED_AFTER = timedelta(seconds=5)
"""How long after a due instant the scheduler of the simulation comes round."""
IN_THE_EEA = 0.25
COUNTRIES: Mapping[str, int] = {"FR": 35, "DE": 15, "ES": 12, "IT": 10, "NL": 9, "BE": 8, "PT": 6, "IE": 5}


@dataclass(frozen=True)
class Case:
    """A complaint of the sample, moved to its new date."""

    id: UUID
    received_at: datetime
    submission: Submission
    entry: cfpb.Entry
    chance: Random


def simulate(
    plaint: Plaint,
    *,
    seed: int,
    now: datetime,
    sample: Path | None = None,
    size: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Record the simulated life of the sample (of its first *size* complaints) up to *now*.

    Cases that the store has already are left as they are, so a load that was broken off
    is completed by another with the same seed and instant.
    """
    rules = plaint.desk.rules
    office = Office(rules)
    arrivals = Arrivals(office, now)
    entries = _entries(sample)[:size]
    cases = sorted((_case(each, arrivals, seed) for each in entries), key=lambda case: case.received_at)
    for start in range(0, len(cases), CASES_AT_ONCE):
        chunk = cases[start : start + CASES_AT_ONCE]
        known = plaint.store.known([case.id for case in chunk])
        plaint.store.append(*(_live(case, office, rules, now) for case in chunk if case.id not in known))
        if progress is not None:
            progress(start + len(chunk))


def _entries(sample: Path | None) -> list[cfpb.Entry]:
    """Return the complaints of the sample, each once."""
    if sample is None:
        shipped = files("adapters.demo").joinpath("sample", "cfpb_complaints.csv.gz")
        with as_file(shipped) as path:
            return _entries(path)
    rows = CsvFile(sample, cfpb.COLUMNS).records()
    found = (cfpb.entry(row.fields, cfpb.ZONE) for row in rows if isinstance(row, Record))
    return list({entry.source_id: entry for entry in found}.values())


def _case(entry: cfpb.Entry, arrivals: Arrivals, seed: int) -> Case:
    source = entry.submission.source
    if source is None:
        raise ValueError("an entry of the register names its source")
    chance = Random(f"{seed}/{source.id}")  # noqa: S311 - a simulation is no secret
    received_at = arrivals.draw(chance)
    return Case(
        id=imported(cfpb.SYSTEM, source.id, received_at),
        received_at=received_at,
        submission=_moved(entry, source, chance),
        entry=entry,
        chance=chance,
    )


def _moved(entry: cfpb.Entry, source: Source, chance: Random) -> Submission:
    """Return the submission without the dates of the register, which stay in its source."""
    abroad = chance.random() < IN_THE_EEA
    attributes = dict(source.attributes) | {
        "simulated": "country, dates, desk life" if abroad else "dates, desk life",
        "date_received": entry.date_received.isoformat(),
    }
    if entry.date_sent is not None:
        attributes["date_sent_to_company"] = entry.date_sent.isoformat()
    changed: dict[str, object] = {
        "source": source.model_copy(update={"attributes": attributes}),
        "sent_to_company_at": None,
    }
    if abroad:
        changed["country"] = chance.choices(list(COUNTRIES), list(COUNTRIES.values()))[0]
    return entry.submission.model_copy(update=changed)


def _live(case: Case, office: Office, rules: Rulebook, now: datetime) -> Complaint:
    """Return *case* with everything that happened to it before *now*."""
    story = Story(office, case.chance, case.received_at, case.submission.category, case.entry.outcome)
    contexts = _Contexts(case.id)
    complaint = Complaint(case.id)
    complaint.receive(
        case.submission, contexts.next(case.received_at, IMPORTER), rules, received_at=case.received_at
    )
    actor = ACTOR
    for at, command in story.told():
        if at >= now:
            break
        _notice(complaint, at, contexts, rules)
        command.carry_out(complaint, contexts.next(at, actor), rules)
        if isinstance(command, Reopen):
            actor = SECOND
    _notice(complaint, now, contexts, rules)
    return complaint


def _notice(complaint: Complaint, until: datetime, contexts: _Contexts, rules: Rulebook) -> None:
    """Record the misses and warnings that fell due by *until* as the scheduler would: shortly after."""
    while due := [at for clock in complaint.running.values() if (at := fires_at(clock)) and at <= until]:
        noticed = min(min(due) + NOTICED_AFTER, until)
        complaint.notice_warnings(noticed, contexts.next(noticed, ACTOR), rules)


class _Contexts:
    """The contexts of one case's commands; their correlation ids follow from the case's own."""

    def __init__(self, case: UUID) -> None:
        self._case, self._numbers = case, count(1)

    def next(self, at: datetime, actor: str) -> Context:
        """Return the context of the next command."""
        correlation = derived(self._case, f"simulation/{next(self._numbers)}")
        return Context(recorded_at=at, actor=actor, correlation_id=correlation)
