"""The incident log, imported as tickets: every figure is counted from the events that were stored."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.bootstrap import Plaint
from adapters.importers import itsm
from adapters.importers.reading import Record
from adapters.importers.register import Unusable
from adapters.importers.run import Summary, import_file
from adapters.settings import Settings
from domain.kernel import Event
from domain.testing import RULES, an_id, by, paris
from domain.ticket import Ticket
from domain.ticket import events as t
from tests.adapters.figures import spread

DATA = Path(__file__).parents[1] / "data" / "itsm"
LOG = DATA / "log.csv.gz"
EXPECTED: dict[str, Any] = json.loads((DATA / "log.expected.json").read_text())
PRIORITIES = {severity: number for number, severity in itsm.SEVERITIES.items()}
AWAITING = {cause: state for state, cause in itsm.CAUSES.items()}
HOUR = timedelta(hours=1)


@dataclass
class Told:
    """What the events of one ticket tell, folded without any code of the product."""

    opened: t.Opened
    words: dict[str, str] = field(default_factory=dict[str, str])
    first: t.Opened | None = None
    team: str = ""
    assessed: t.Opened | t.Triaged | None = None
    severity: str = ""
    code: str = ""
    state: str = "New"
    since: datetime | None = None
    in_state: Counter[str] = field(default_factory=Counter[str])
    resolved: list[datetime] = field(default_factory=list[datetime])
    answered: datetime | None = None
    closed: datetime | None = None
    reopened: int = 0
    recategorised: int = 0
    rows: dict[UUID | None, str] = field(default_factory=dict[UUID | None, str])
    """The state that the log itself gave after each of its rows, which are the causes of the events."""

    def add(self, event: Event) -> None:
        """Fold one event after the first."""
        self._move(event)
        match event:
            case t.Triaged():
                self.recategorised += _subject(event) != _subject(self.assessed)
                self.assessed = event
            case t.Assigned():
                self.team = event.team
            case t.Escalated() | t.DeEscalated():
                self.severity = event.severity
            case t.Closed():
                self.code = event.code or ""
            case t.Reopened():
                self.reopened += 1
            case _:
                pass
        self.words |= getattr(event, "source", None) or {}
        self.rows[event.causation_id] = self.words["incident_state"]
        if self.state == "Closed":
            self.closed = event.occurred_at
        if self.state == "Resolved":
            self.resolved.append(event.occurred_at)
        if self.state != "New" and self.answered is None:
            self.answered = event.occurred_at

    def _move(self, event: Event) -> None:
        if self.since is not None:
            self.in_state[self.state] += (event.occurred_at - self.since) // timedelta(minutes=1)
        self.since = event.occurred_at
        self.state = _state_after(self.state, event)


def _subject(event: t.Opened | t.Triaged | None) -> tuple[str, str | None] | None:
    return event and (event.category, event.subcategory)


def _state_after(state: str, event: Event) -> str:
    match event:
        case t.InformationRequested():
            return "Awaiting User Info"
        case t.Suspended(cause=cause):
            return AWAITING[cause]
        case t.Solved():
            return "Resolved"
        case t.Closed():
            return "Closed"
        case t.InvestigationStarted() | t.Resumed() | t.InformationSupplied() | t.Reopened():
            return "Active"
        case _:
            return state


def told(events: list[Event]) -> dict[UUID, Told]:
    tickets: dict[UUID, Told] = {}
    for event in events:
        if isinstance(event, t.Opened):
            assert event.source is not None
            words = dict(event.source.attributes)
            written = datetime.fromisoformat(words["sys_updated_at"]).replace(tzinfo=UTC)
            tickets[event.originator_id] = Told(
                opened=event,
                words=words,
                team=event.team,
                assessed=event,
                severity=event.severity or "",
                since=written,
                rows={event.causation_id: words["incident_state"]},
            )
        elif event.originator_id in tickets:
            tickets[event.originator_id].add(event)
    return tickets


class Imported:
    """The log in a store, and what can be asked of it."""

    def __init__(self, plaint: Plaint) -> None:
        self.plaint = plaint
        self.summary = import_file(plaint, LOG, system="itsm", zone="UTC")
        events = (event for _, event in plaint.store.everything())
        self.events = [event for event in events if event.actor == "import:itsm"]
        self.tickets = list(told(self.events).values())

    def hours(self, moment: str, tickets: Sequence[Told] | None = None) -> list[float]:
        """Return the hours from opening to the first or last of some instants, where there are any."""
        found: list[float] = []
        for ticket in self.tickets if tickets is None else tickets:
            at = {
                "answer": ticket.answered,
                "first": ticket.resolved[0] if ticket.resolved else None,
                "final": ticket.resolved[-1] if ticket.resolved else None,
                "closure": ticket.closed,
            }[moment]
            if at is not None:
                found.append((at - ticket.opened.occurred_at) / HOUR)
        return sorted(found)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Generator[Imported]:
    """The whole log in an embedded store; its zone is taken for UTC, so that hours are those of the file."""
    plaint = Plaint.open(Settings(data=tmp_path_factory.mktemp("itsm")))
    yield Imported(plaint)
    plaint.close()


def top(counted: Mapping[str, int], expected: Mapping[str, int]) -> dict[str, int]:
    return {name: counted[name] for name in expected}


def test_every_row_belongs_to_a_case_but_those_of_an_unknown_state(log: Imported):
    assert log.summary == Summary(
        rows=EXPECTED["rows"],
        cases=EXPECTED["cases"],
        rejected=EXPECTED["rows_by_state"]["-100"],
        events=len(log.events),
        seconds=log.summary.seconds,
        reject_files=log.summary.reject_files,
    )
    with Path(log.summary.reject_files[0]).open(newline="") as lines:
        assert [reason for _, reason in list(csv.reader(lines))[1:]] == [
            "incident_state -100 means nothing known; the row is skipped"
        ] * 2


def test_what_a_ticket_was_in_the_end(log: Imported):
    tickets = log.tickets
    last = [ticket.assessed for ticket in tickets if ticket.assessed is not None]

    assert {
        "priority": Counter(PRIORITIES[each.severity] for each in tickets),
        "impact": Counter(str(each.impact) for each in last),
        "urgency": Counter(str(each.urgency) for each in last),
        "contact_type": Counter(each.words["contact_type"] for each in tickets),
        "made_sla": Counter(each.words["made_sla"] for each in tickets),
        "reopen_count": Counter(str(each.reopened) for each in tickets),
        "closed_code": Counter(each.code for each in tickets),
    } == {
        name: EXPECTED[f"cases_by_final_{name}"]
        for name in (
            "priority",
            "impact",
            "urgency",
            "contact_type",
            "made_sla",
            "reopen_count",
            "closed_code",
        )
    }
    categories = Counter(each.category for each in last)
    groups = Counter("" if each.team == "support" else each.team for each in tickets)
    assert top(categories, EXPECTED["cases_by_category_top20"]) == EXPECTED["cases_by_category_top20"]
    assert (
        top(groups, EXPECTED["cases_by_assignment_group_top20"])
        == EXPECTED["cases_by_assignment_group_top20"]
    )
    assert (
        Counter(PRIORITIES[each.severity] for each in tickets if each.words["made_sla"] == "false")
        == EXPECTED["sla_missed_by_final_priority"]
    )


def test_how_often_it_was_handed_on_and_taken_up_again(log: Imported):
    counts = [int(each.words["reassignment_count"]) for each in log.tickets]

    assert len([each for each in log.tickets if each.reopened]) == EXPECTED["reopened_cases"]
    assert sum(each.reopened for each in log.tickets) == EXPECTED["reopen_count_sum"]
    assert all(str(each.reopened) == each.words["reopen_count"] for each in log.tickets)
    assert spread(counts) == EXPECTED["reassignment_count_final"]


def test_where_a_ticket_stood_on_the_first_row(log: Imported):
    first = Counter(
        each.opened.source.attributes["incident_state"] for each in log.tickets if each.opened.source
    )

    assert first == EXPECTED["cases_by_first_row_state"]


def test_when_tickets_were_opened_and_closed(log: Imported):
    opened = sorted(f"{each.opened.occurred_at:%Y-%m-%dT%H:%M}" for each in log.tickets)
    closed = sorted(f"{each.closed:%Y-%m-%dT%H:%M}" for each in log.tickets if each.closed)

    assert [opened[0], opened[-1]] == EXPECTED["opened_at"]
    assert [closed[0], closed[-1]] == EXPECTED["closed_at"]
    assert Counter(each[:7] for each in opened) == EXPECTED["cases_by_month_opened"]
    assert Counter(each[:7] for each in closed) == EXPECTED["cases_by_month_closed"]
    assert {
        day: sum(
            each.opened.occurred_at < at and (each.closed is None or each.closed >= at)
            for each in log.tickets
        )
        for day, at in (
            (day, datetime.fromisoformat(day).replace(tzinfo=UTC)) for day in EXPECTED["backlog_at"]
        )
    } == EXPECTED["backlog_at"]


@pytest.mark.parametrize(
    ("moment", "figure"),
    [
        ("answer", "first_response"),
        ("first", "first_resolution"),
        ("final", "final_resolution"),
        ("closure", "closure"),
    ],
)
def test_how_long_it_took(log: Imported, moment: str, figure: str):
    assert spread(log.hours(moment)) == EXPECTED[f"hours_to_{figure}"]


def test_how_long_it_took_by_what_it_mattered_in_the_end(log: Imported):
    by_priority: defaultdict[str, list[Told]] = defaultdict(list)
    for ticket in log.tickets:
        by_priority[PRIORITIES[ticket.severity]].append(ticket)

    assert {
        priority: spread(log.hours("final", tickets)) for priority, tickets in by_priority.items()
    } == EXPECTED["hours_to_final_resolution_by_priority"]


def test_rows_can_be_told_apart_by_the_cause_of_what_they_left(log: Imported):
    """Also those of one minute; the two rows of an unknown state have left nothing."""
    states = Counter(state for ticket in log.tickets for state in ticket.rows.values())
    expected = dict(EXPECTED["rows_by_state"])
    skipped = expected.pop("-100")
    counts = [len(ticket.rows) for ticket in log.tickets]
    found, known = spread(counts), dict(EXPECTED["rows_per_case"])

    assert states == expected
    assert sum(counts) + skipped == EXPECTED["rows"]
    assert found.pop("mean") == round(known.pop("mean") - skipped / len(counts), 4)
    assert found == known


@pytest.mark.parametrize(
    ("moment", "figure"),
    [
        ("answer", "first_response"),
        ("first", "first_resolution"),
        ("final", "final_resolution"),
        ("closure", "closure"),
    ],
)
def test_how_many_took_too_long(log: Imported, moment: str, figure: str):
    taken = [(each.opened.occurred_at.date(), done) for each in log.tickets if (done := _done(each, moment))]

    assert {
        "done": len(taken),
        "not_done": len(log.tickets) - len(taken),
        "calendar_none": {f"breach_{n}_bd": sum(_weekdays(*each) > n for each in taken) for n in (2, 7, 15)},
        "calendar_days": {f"breach_{n}_days": sum((b - a).days > n for a, b in taken) for n in (15, 30, 56)},
    } == EXPECTED[f"breach_{figure}"]


def _done(ticket: Told, moment: str) -> date | None:
    resolved = ticket.resolved or [None]
    at = {
        "answer": ticket.answered,
        "first": resolved[0],
        "final": resolved[-1],
        "closure": ticket.closed,
    }[moment]
    return at and at.date()


def _weekdays(first: date, last: date) -> int:
    """Return how many weekdays come after *first*, up to *last*."""
    weeks, rest = divmod(max((last - first).days, 0), 7)
    return 5 * weeks + sum((first + timedelta(days=each)).weekday() < 5 for each in range(1, rest + 1))


def test_how_long_tickets_stood_in_each_state(log: Imported):
    """The minute in the state that nobody knows counts for the state before it."""
    minutes: Counter[str] = Counter()
    for ticket in log.tickets:
        minutes.update(ticket.in_state)
    expected = {state: round(hours * 60) for state, hours in EXPECTED["hours_in_state_total"].items()}
    expected["New"] += expected.pop("-100")

    assert minutes == expected


def test_what_happened(log: Imported):
    """The same log was turned into events by other code, which counted them by type."""
    counted = Counter(type(event) for event in log.events)
    cases: defaultdict[type[Event], set[UUID]] = defaultdict(set)
    for event in log.events:
        cases[type(event)].add(event.originator_id)
    by_type, of_cases = EXPECTED["canonical_events"]["by_type"], EXPECTED["canonical_events"]["cases_by_type"]
    names: dict[str, type[Event]] = {
        "received": t.Opened,
        "assigned": t.Assigned,
        "investigation_started": t.InvestigationStarted,
        "info_requested": t.InformationRequested,
        "put_on_hold": t.Suspended,
        "escalated": t.Escalated,
        "deescalated": t.DeEscalated,
        "resolved": t.Solved,
        "closed": t.Closed,
        "reopened": t.Reopened,
    }

    assert {name: counted[kind] for name, kind in names.items()} == top(by_type, dict.fromkeys(names, 0))
    assert {name: len(cases[kind]) for name, kind in names.items()} == top(of_cases, dict.fromkeys(names, 0))
    assert counted[t.Resumed] + counted[t.InformationSupplied] == by_type["resumed"]
    assert sum(each.recategorised for each in log.tickets) == by_type["recategorised"]
    assert len([each for each in log.tickets if each.recategorised]) == of_cases["recategorised"]
    assert len(cases[t.InformationRequested]) == EXPECTED["cases_ever_awaiting_user_info"]


def test_no_event_knows_what_came_later(log: Imported):
    """The log repeats how a case ended on every row; it is told once, by the event that ended it."""
    told: set[UUID] = set()
    since = Counter[type[Event]]()
    for event in log.events:
        if event.originator_id in told:
            since[type(event)] += 1
        elif isinstance(event, t.TicketEvent) and (event.source or {}).keys() & {
            "resolved_at",
            "resolved_by",
        }:
            assert isinstance(event, t.Closed)
            told.add(event.originator_id)

    assert len(told) > 17_000
    assert since.keys() == {t.SourceUpdated}
    words = {name for each in log.tickets if each.opened.source for name in each.opened.source.attributes}
    assert not words & {"resolved_at", "resolved_by", "closed_at", "closed_code"}


def test_rows_can_be_written_back(log: Imported):
    """What the log says in its own words can be read again from the events of a ticket, row by row."""
    rows = _rows_of("INC0000057")
    opened = next(
        e for e in log.events if isinstance(e, t.Opened) and e.source and e.source.id == "INC0000057"
    )
    words = dict(opened.source.attributes) if opened.source else {}
    seen = [{name: words.get(name, "") for name in itsm.WORDS}]
    times: list[datetime] = []
    for event in log.events:
        if event.originator_id == opened.originator_id and isinstance(event, t.TicketEvent):
            if event.occurred_at in times:
                seen.pop()
            words |= event.source or {}
            times.append(event.occurred_at)
            seen.append({name: words.get(name, "") for name in itsm.WORDS})

    assert seen == [{name: row.fields[name] for name in itsm.WORDS} for row in rows]


def _rows_of(number: str) -> list[Record]:
    with gzip.open(LOG, "rt", encoding="utf-8", newline="") as file:
        return [Record(n, row) for n, row in enumerate(csv.DictReader(file), 2) if row["number"] == number]


FIRST = _rows_of("INC0000045")[0]


def rows(*changes: Mapping[str, str]) -> list[Record]:
    """Return a row for each of *changes*, a minute apart, each with all that the rows before it changed."""
    fields = dict(FIRST.fields) | {"sys_updated_at": "2016-02-29T01:23"}
    found = [Record(2, fields)]
    for number, change in enumerate(changes, 1):
        fields = fields | {"sys_updated_at": f"2016-02-29T02:{number:02}"} | dict(change)
        found.append(Record(number + 2, fields))
    return found


def lived(*changes: Mapping[str, str], zone: str = "UTC") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield topic and facts of what such rows make of a ticket after its opening."""
    ticket = itsm.entry(rows(*changes), zone).live(an_id(), by(paris("2026-01-01T00:00")), RULES, ())
    for event in ticket.collect_events()[1:]:
        header = set(Event.model_fields)
        yield event.TOPIC.partition(".")[2], event.model_dump(exclude=header, exclude_defaults=True)


def state(word: str, **more: str) -> dict[str, str]:
    return {"incident_state": word} | more


def test_changes_of_one_row_are_events_of_one_instant_and_the_first_has_the_words_of_the_source():
    change = state("Resolved", assigned_to="9", category="7", priority="1", made_sla="false")
    ticket = itsm.entry(rows(change), "UTC").live(an_id(), by(paris("2026-01-01T00:00")), RULES, ())
    _, *events = ticket.collect_events()

    assert [(type(each).__name__, each.occurred_at.isoformat()) for each in events] == [
        (name, "2016-02-29T02:01:00+00:00") for name in ("Triaged", "Escalated", "Assigned", "Solved")
    ]
    said = [each.source for each in events if isinstance(each, t.TicketEvent)]
    words = {"incident_state": "Resolved", "made_sla": "false", "resolved_by": "149"}
    assert said == [words | {"resolved_at": "2016-02-29T11:29", "closed_code": "5"}, None, None, None]


@pytest.mark.parametrize(
    ("changes", "topics"),
    [
        ([state("Active")], ["investigation_started"]),
        ([state("Awaiting User Info"), state("Active")], ["information_requested", "information_supplied"]),
        ([state("Awaiting Vendor"), state("Active")], ["suspended", "resumed"]),
        ([state("Awaiting Vendor"), state("New")], ["suspended", "resumed"]),
        ([state("Awaiting Problem"), state("Resolved")], ["suspended", "solved"]),
        ([state("Resolved"), state("Awaiting Evidence")], ["solved", "reopened", "suspended"]),
        ([state("Closed"), state("Active"), state("Closed")], ["closed", "reopened", "closed"]),
        (
            [state("Active"), state("New"), state("Active")],
            ["investigation_started", "source_updated"] * 1 + ["source_updated"],
        ),
        ([state("New")], ["source_updated"]),
        ([state("Closed"), state("Closed", assigned_to="9")], ["closed", "source_updated"]),
        ([{"location": "9"}], ["source_updated"]),
        ([{"priority": "4"}, {"priority": "3"}], ["de_escalated", "escalated"]),
    ],
)
def test_each_change_of_state_is_a_step_in_the_life_of_the_ticket(
    changes: list[dict[str, str]], topics: list[str]
):
    assert [topic for topic, _ in lived(*changes)] == topics


def test_only_the_last_closing_has_the_code_that_the_log_repeats():
    closings = [
        facts
        for topic, facts in lived(state("Closed"), state("Active"), state("Closed"))
        if topic == "closed"
    ]

    assert [facts.get("code") for facts in closings] == [None, "5"]


def test_times_are_local_in_the_zone_that_is_given():
    entry = itsm.entry(rows(state("Active")), "Europe/Rome")

    assert entry.opened_at == datetime(2016, 2, 29, 0, 16, tzinfo=UTC)
    assert (
        entry.written_at == itsm.entry(rows(), "UTC").written_at == datetime(2016, 2, 29, 1, 16, tzinfo=UTC)
    )
    assert entry.last_dated == datetime(2016, 2, 29, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (state("Lost"), "incident_state is a word that the importer does not know"),
        ({"priority": "5"}, "priority is a word that the importer does not know"),
        ({"sys_updated_at": ""}, "sys_updated_at is no time; write it like 2016-02-29T01:16"),
        ({"sys_updated_at": "2016-02-29"}, "sys_updated_at is no time; write it like 2016-02-29T01:16"),
        (
            {"sys_updated_at": "2016-02-29T01:16Z"},
            "sys_updated_at is no time; write it like 2016-02-29T01:16",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_reason(change: dict[str, str], reason: str):
    with pytest.raises(Unusable) as refused:
        itsm.entry(rows(change), "UTC")

    assert (str(refused.value), refused.value.line) == (reason, 3)


def test_a_ticket_replays_to_what_it_was(log: Imported):
    some = {event.originator_id for event in log.events[:20_000:400]}
    for id in some:
        history = [event for event in log.events if event.originator_id == id]
        ticket = Ticket.replay(None, history)
        assert ticket is not None
        assert (ticket.version, ticket.status) == (len(history), "closed")
