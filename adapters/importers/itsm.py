"""The incident log of a ServiceNow desk: what each of its columns means to a ticket.

The log holds a row for each time that somebody wrote to an incident: a snapshot of all
its fields.  The rows of a case follow one another as ``row_in_case`` says, whatever their
times say.  What changed from one row to the next is what happened at ``sys_updated_at``:

* ``incident_state`` and its changes are the life of the ticket;
* ``assignment_group`` and ``assigned_to`` are team and assignee, ``category`` and
  ``subcategory`` what it is about, ``impact`` and ``urgency`` how much; ``priority`` is the
  severity, which a lower number escalates; ``contact_type`` is the channel;
* ``caller_id`` and ``location`` concern the customer and are kept as personal;
* all other words are kept as the source's own, on the event of the row that changed them:
  ``made_sla``, ``reassignment_count``, who wrote (``sys_updated_by``) and so on.

``opened_at``, ``opened_by`` and ``sys_created_at`` are facts of the opening.  The log repeats
``closed_code``, ``resolved_by``, ``resolved_at`` and ``closed_at`` as they are in the end on
every row, so they count alone on the row by which the incident came to be Resolved or Closed
for the last time; ``closed_at`` is the time of the last row.  ``active`` and ``sys_mod_count``
say nothing that the rows do not.

A row that changed nothing is recorded too: the register was written to.  Every event that a row
leaves has that row for its cause (``causation_id``), so that rows of one minute can be told
apart.  Of several changes in one row reopening comes first, then assessment and assignment,
then the state.  Times have minutes and no zone: they are local in the zone that is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from adapters.importers.reading import Record
from adapters.importers.register import Register, Unusable
from domain.complaint.codes import Channel, Severity
from domain.complaint.register import Source
from domain.ids import derived
from domain.ticket import Ticket
from domain.ticket.events import Cause
from domain.ticket.request import DEFAULT_TEAM, Request
from domain.ticket.state import CUSTOMER

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.kernel import Context
    from domain.policies import Rulebook

SYSTEM = "itsm"
KEY = "number"
ORDER = "row_in_case"
STATE = "incident_state"
WORDS = (
    STATE,
    "reassignment_count",
    "reopen_count",
    "made_sla",
    "contact_type",
    "u_symptom",
    "knowledge",
    "u_priority_confirmation",
    "problem_id",
    "sys_updated_by",
)
"""What the log says in its own words and may say anew on any row."""
OURS = ("category", "subcategory", "impact", "urgency", "priority", "assignment_group", "assigned_to")
"""What may change on any row and has a word of ours."""
PERSONAL = ("caller_id", "location")
AT_OPENING = ("opened_by", "sys_created_at", "sys_updated_at")
IN_THE_END = ("resolved_by", "resolved_at")
COLUMNS: tuple[str, ...] = (
    KEY,
    ORDER,
    *WORDS,
    *OURS,
    *PERSONAL,
    *AT_OPENING,
    *IN_THE_END,
    "active",
    "sys_mod_count",
    "opened_at",
    "closed_code",
    "closed_at",
)
UNKNOWN_STATE = "-100"
NEW, ACTIVE, AWAITING, RESOLVED, CLOSED = "New", "Active", "Awaiting User Info", "Resolved", "Closed"
CAUSES: Mapping[str, Cause] = {
    "Awaiting Vendor": "vendor",
    "Awaiting Problem": "problem",
    "Awaiting Evidence": "evidence",
}
ENDS = (RESOLVED, CLOSED)
STATES = (NEW, ACTIVE, AWAITING, *CAUSES, *ENDS)
CHANNELS: Mapping[str, Channel] = {
    "Phone": "phone",
    "IVR": "phone",
    "Self service": "web",
    "Email": "email",
    "Direct opening": "api",
}
SEVERITIES: Mapping[str, Severity] = {"1": "critical", "2": "high", "3": "normal", "4": "low"}
UNNAMED = "other"
"""The category of an incident that has none."""
NUMBERS = ("1", "2", "3")


@dataclass(frozen=True)
class Row:
    """One row: when it was written, and all that it says."""

    at: datetime
    fields: Mapping[str, str]

    @property
    def state(self) -> str:
        """Where the incident stood."""
        return self.fields[STATE]

    def caused(self, by: Context, case: UUID) -> Context:
        """Return the context *by* of what follows from this row of *case*."""
        cause = derived(case, f"{ORDER} {self.fields[ORDER]}")
        return by.model_copy(update={"causation_id": cause})


@dataclass(frozen=True)
class Entry:
    """One incident of the log."""

    source_id: str
    written_at: datetime
    opened_at: datetime
    request: Request
    rows: tuple[Row, ...]

    @property
    def last_dated(self) -> datetime:
        """The latest time of any row."""
        return max(self.opened_at, *(row.at for row in self.rows))

    @property
    def _end(self) -> Row:
        """The row by which the incident came to stand where it stands in the end."""
        states = [row.state for row in self.rows]
        changes = [n for n, state in enumerate(states) if n == 0 or state != states[n - 1]]
        return self.rows[changes[-1]]

    def live(self, id: UUID, by: Context, rules: Rulebook, pins: tuple[Pin, ...]) -> Ticket:
        """Return the ticket, to which every row has happened."""
        ticket, last, first = Ticket(id), self._end, self.rows[0]
        ticket.open(self.request, first.caused(by, id), rules, opened_at=self.opened_at, pins=pins)
        if first.state != NEW:
            _Teller(ticket, first, first.caused(by, id), rules, {}, last=first is last).follow(NEW)
        for before, row in pairwise(self.rows):
            said = WORDS if row.state != CLOSED or before.state != CLOSED else (*WORDS, *OURS)
            words = _changed(said, before, row)
            teller = _Teller(ticket, row, row.caused(by, id), rules, words, last=row is last)
            if personal := _changed(PERSONAL, before, row):
                teller.tell(ticket.follow_source, personal=personal)
            teller.follow(before.state)
            if not teller.told:
                teller.tell(ticket.follow_source)
        return ticket


class _Teller:
    """Tells a ticket what one row says; the source's own words go with the first event."""

    def __init__(
        self, ticket: Ticket, row: Row, by: Context, rules: Rulebook, words: dict[str, str], *, last: bool
    ) -> None:
        self.ticket, self.row, self.words, self.last = ticket, row, words, last
        self._by, self._rules, self._version = by, rules, ticket.version
        if last and row.state in ENDS:
            self.words |= {name: row.fields[name] for name in IN_THE_END if row.fields[name]}
        if last and row.state == RESOLVED and row.fields["closed_code"]:
            self.words["closed_code"] = row.fields["closed_code"]

    @property
    def told(self) -> bool:
        """Whether the row has left an event."""
        return self.ticket.version > self._version

    def tell(self, command: Callable[..., None], *facts: object, **more: Any) -> None:
        """Ask *command* of the ticket at the time of the row."""
        source = None if self.told else self.words or None
        command(*facts, self._by, self._rules, occurred_at=self.row.at, source=source, **more)

    def follow(self, before: str) -> None:
        """Tell what changed since the incident stood in the state *before*."""
        ticket, fields, state = self.ticket, self.row.fields, self.row.state
        if before in ENDS and state not in ENDS:
            self.tell(ticket.reopen, None)
        if state != CLOSED or before != CLOSED:
            self.tell(ticket.triage, fields["category"] or UNNAMED, **_assessment(fields))
            self.tell(ticket.prioritise, SEVERITIES[fields["priority"]])
            self.tell(
                ticket.assign, fields["assignment_group"] or DEFAULT_TEAM, fields["assigned_to"] or None
            )
        if state != before:
            self._enter(before)

    def _enter(self, before: str) -> None:
        ticket, state = self.ticket, self.row.state
        if state == RESOLVED:
            self.tell(ticket.solve)
        elif state == CLOSED:
            self.tell(ticket.close, code=(self.row.fields["closed_code"] or None) if self.last else None)
        elif state == AWAITING:
            self.tell(ticket.request_information, None)
        elif state in CAUSES:
            self.tell(ticket.suspend, CAUSES[state])
        elif ticket.waiting_for == CUSTOMER:
            self.tell(ticket.supply_information, None)
        elif ticket.waiting_for is not None:
            self.tell(ticket.resume)
        elif state == ACTIVE and before not in ENDS:
            self.tell(ticket.investigate)


def entry(rows: Sequence[Record], zone: str) -> Entry:
    """Return the incident that *rows* tell of, in order; raise Unusable when they cannot be one."""
    for row in rows:
        _refuse_unknown(row)
    first = rows[0]
    opened = _instant(first, "opened_at", zone)
    try:
        request = _request(first.fields, zone)
    except ValidationError:
        why = "a value is missing, too long or has characters that do not print"
        raise Unusable(why, first.line) from None
    return Entry(
        source_id=first.fields[KEY],
        written_at=datetime.fromisoformat(first.fields["opened_at"]).replace(tzinfo=UTC),
        opened_at=opened,
        request=request,
        rows=tuple(Row(_instant(row, "sys_updated_at", zone), row.fields) for row in rows),
    )


def _request(fields: Mapping[str, str], zone: str) -> Request:
    said = (*WORDS, *AT_OPENING)
    return Request(
        form=SYSTEM,
        channel=CHANNELS[fields["contact_type"]],
        team=fields["assignment_group"] or DEFAULT_TEAM,
        assignee=fields["assigned_to"] or None,
        category=fields["category"] or UNNAMED,
        severity=SEVERITIES[fields["priority"]],
        **_assessment(fields),
        source=Source(
            system=SYSTEM,
            id=fields[KEY],
            attributes={name: fields[name] for name in said if fields[name]} | {"zone": zone},
            personal={name: fields[name] for name in PERSONAL if fields[name]},
        ),
    )


def _assessment(fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        "subcategory": fields["subcategory"] or None,
        "impact": int(fields["impact"]),
        "urgency": int(fields["urgency"]),
    }


def _changed(names: Sequence[str], before: Row, row: Row) -> dict[str, str]:
    return {name: row.fields[name] for name in names if row.fields[name] != before.fields[name]}


def _refuse_unknown(row: Record) -> None:
    known: dict[str, Sequence[str] | Mapping[str, Any]] = {
        STATE: STATES,
        "contact_type": CHANNELS,
        "priority": SEVERITIES,
        "impact": NUMBERS,
        "urgency": NUMBERS,
    }
    for name, words in known.items():
        if row.fields[name] not in words:
            raise Unusable(f"{name} is a word that the importer does not know", row.line)


def _instant(row: Record, column: str, zone: str) -> datetime:
    found = _parsed(row.fields[column], zone)
    if found is None:
        raise Unusable(f"{column} is no time; write it like 2016-02-29T01:16", row.line)
    return found


@lru_cache(maxsize=8192)
def _parsed(text: str, zone: str) -> datetime | None:
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    if "T" not in text or local.tzinfo is not None:
        return None
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _skipped(fields: Mapping[str, str]) -> str | None:
    return f"{STATE} -100 means nothing known; the row is skipped" if fields[STATE] == UNKNOWN_STATE else None


REGISTER = Register(
    system=SYSTEM,
    columns=COLUMNS,
    key=KEY,
    order=ORDER,
    entry=entry,
    skipped=_skipped,
    example="Europe/Rome",
)
