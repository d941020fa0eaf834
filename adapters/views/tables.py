"""The tables of the read models.

Every row is kept whole in ``doc``, but for what the defaults of its fields say; beside it
stand only the columns that a query filters or sorts by, each the attribute of the row that
has its name.

Each read model has two slots in its table.  The generation that is read lives in one;
another can be built, or kept for a way back, in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnClause,
    ColumnElement,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

from adapters.database import Id, Moment
from adapters.views.child_table import child_columns, children
from adapters.views.files import file_columns, files_table
from adapters.views.issue_tables import issue_case_columns, issue_cases, issue_columns, issues, turns
from adapters.views.schema import metadata, slot
from domain.clocks.warning import fires_at
from projections.armed import ARMED, ClockRow
from projections.case_file import CASE_FILE
from projections.children import CHILDREN
from projections.directory import ENTITIES, TEAMS, USERS, EntityRow, TeamRow, UserRow
from projections.files import FILES
from projections.issues import ISSUE_CASES, ISSUES
from projections.loads import TURNS
from projections.projection import Projection
from projections.queue import QUEUE, QueueRow
from projections.timers import TIMERS, TimersRow
from projections.tokens import TOKENS, TokenRow

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Where a case without a promise to keep stands in the order of due instants: last."""
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


GUARDED = ("legal_entity", "sensitivity")
COVERED = (*GUARDED, "status", "open", "overdue")
"""What lists and counts leave out most often."""
queue = Table(
    "queue",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("kind", Text, nullable=False, server_default=text("'complaint'")),
    Column("status", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("escalated", Boolean, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("due_before", Moment, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text),
    Column("team", Text, nullable=False),
    Column("assignee", Text),
    Column("regimes", Text, nullable=False),
    Column("legal_entity", Text, nullable=False, server_default=text("''")),
    Column("sensitivity", Text, nullable=False, server_default=text("'normal'")),
    Column("doc", Text, nullable=False),
    Index("queue_by_reference", "slot", "reference"),
    # A list is of one kind, and there may be a thousand of the other for each of it; a team's queue has both.
    # What ends each index keeps what is not asked for, or a reader may not see, out of the walk,
    # without a look at the row.  Whose a case is, and its state, may be rare among what falls due
    # first: who asks for them walks an index that begins with them.
    Index("queue_by_kind_due", "slot", "kind", "due_before", "id", *COVERED),
    Index("queue_by_kind_receipt", "slot", "kind", "received_at", "id", *COVERED),
    Index("queue_by_team_due", "slot", "kind", "team", "due_before", "id", *COVERED),
    Index("queue_by_team_receipt", "slot", "kind", "team", "received_at", "id", *COVERED),
    Index("queue_by_status_due", "slot", "kind", "status", "due_before", "id", *GUARDED),
    Index("queue_by_status_receipt", "slot", "kind", "status", "received_at", "id", *GUARDED),
    Index("queue_by_assignee_due", "slot", "kind", "assignee", "due_before", "id", *COVERED),
    Index("queue_by_due", "slot", "team", "due_before", "id", *COVERED),
    Index("queue_by_assignee", "slot", "assignee", "id"),
    Index(
        "queue_waiting",
        "slot",
        "team",
        "due_before",
        "id",
        postgresql_where=text("assignee IS NULL AND open IS TRUE"),
        sqlite_where=text("assignee IS NULL AND open IS 1"),
    ),
    Index(
        "queue_open",
        "slot",
        "assignee",
        "status",
        postgresql_where=text("open IS TRUE"),
        sqlite_where=text("open IS 1"),
    ),
)
case_files = Table(
    "case_files",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("doc", Text, nullable=False),
)
clocks = Table(
    "clocks",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("fires_at", Moment),
    Column("generation", Integer, nullable=False),
    Column("doc", Text, nullable=False),
    Index("clocks_by_case", "slot", "case_id"),
    Index(
        "clocks_armed",
        "slot",
        "fires_at",
        "id",
        postgresql_where=text("fires_at IS NOT NULL"),
        sqlite_where=text("fires_at IS NOT NULL"),
    ),
)
timers = Table(
    "timers",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("fires_at", Moment),
    Column("generation", NUMBER, nullable=False),
    Column("doc", Text, nullable=False),
    Index(
        "timers_armed",
        "slot",
        "fires_at",
        "id",
        postgresql_where=text("fires_at IS NOT NULL"),
        sqlite_where=text("fires_at IS NOT NULL"),
    ),
)
leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("taken_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
)
tokens = Table(
    "tokens",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("login", Text),
    Column("created_at", Moment, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("doc", Text, nullable=False),
    UniqueConstraint("slot", "sha256", name="tokens_once"),
    Index("tokens_by_creation", "slot", "created_at", "id"),
    Index("tokens_by_login", "slot", "login"),
)
token_uses = Table(
    "token_uses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("used_at", Moment, nullable=False),
)
users = Table(
    "users",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("login", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("teams", Text, nullable=False),
    Column("handing_over", Boolean, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("doc", Text, nullable=False),
    Index("users_by_addition", "slot", "added_at", "id"),
)
teams = Table(
    "teams",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("open", Boolean, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("doc", Text, nullable=False),
    Index("teams_by_addition", "slot", "added_at", "id"),
)
legal_entities = Table(
    "legal_entities",
    metadata,
    slot(),
    Column("id", Id, primary_key=True),
    Column("code", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("doc", Text, nullable=False),
    Index("legal_entities_by_addition", "slot", "added_at", "id"),
)
files = files_table(metadata, slot())
counters = Table(
    "counters",
    metadata,
    slot(),
    Column("projection", Text, primary_key=True),
    Column("metric", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("count", NUMBER, nullable=False),
)
cursors = Table(
    "cursors",
    metadata,
    Column("projection", Text, primary_key=True),
    slot(),
    Column("log", Integer, primary_key=True),
    Column("number", NUMBER, nullable=False),
    Column("stopped_at", NUMBER),
    Column("stopped_because", Text),
)
generations = Table(
    "generations",
    metadata,
    Column("projection", Text, primary_key=True),
    slot(),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("compared_at", Moment),
    Column("switched_at", Moment),
    Column("differences", NUMBER),
    Index(
        "one_is_live",
        "projection",
        unique=True,
        postgresql_where=text("state = 'live'"),
        sqlite_where=text("state = 'live'"),
    ),
)


def live(projection: Projection[Any]) -> ColumnClause[str]:
    """Return the slot to read *projection* from: none unless a generation of this code's version is live.

    It is part of the statement that reads, so a switch shows at once and as a whole.
    """
    # Words rather than a tree: SQLAlchemy would walk it for every read, which takes as long as the row.
    return literal_column(
        f"(SELECT slot FROM generations WHERE projection = '{projection.name}' "  # noqa: S608
        f"AND state = 'live' AND version = {projection.version})",
        Text,
    )


def _queue_columns(row: Any) -> Mapping[str, object]:
    entry: QueueRow = row
    return {
        "reference": entry.reference,
        "kind": entry.kind,
        "status": entry.status,
        "open": entry.open,
        "overdue": entry.overdue,
        "escalated": entry.escalated,
        "received_at": entry.received_at,
        "due_before": entry.due_before or NEVER,
        "category": entry.category,
        "severity": entry.severity,
        "team": entry.team,
        "assignee": entry.assignee,
        "regimes": f" {' '.join(entry.regimes)} ",
        "legal_entity": entry.legal_entity,
        "sensitivity": entry.sensitivity.value,
    }


def _clock_columns(row: Any) -> Mapping[str, object]:
    entry: ClockRow = row
    return {
        "case_id": entry.case_id,
        "fires_at": fires_at(entry.clock),
        "generation": entry.clock.generation,
    }


def _timer_columns(row: Any) -> Mapping[str, object]:
    entry: TimersRow = row
    return {"fires_at": entry.fires_at, "generation": entry.generation}


def _token_columns(row: Any) -> Mapping[str, object]:
    entry: TokenRow = row
    return {
        "sha256": entry.sha256,
        "login": entry.user,
        "created_at": entry.created_at,
        "revoked": entry.revoked_at is not None,
    }


def _user_columns(row: Any) -> Mapping[str, object]:
    entry: UserRow = row
    return {
        "login": entry.login,
        "status": entry.status,
        "teams": f" {' '.join(entry.teams)} ",
        "handing_over": entry.handing_over is not None,
        "added_at": entry.added_at,
    }


def _team_columns(row: Any) -> Mapping[str, object]:
    entry: TeamRow = row
    return {"name": entry.name, "open": entry.open, "added_at": entry.added_at}


def _entity_columns(row: Any) -> Mapping[str, object]:
    entry: EntityRow = row
    return {"code": entry.code, "added_at": entry.added_at}


def _no_columns(_row: Any) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True)
class View:
    """A read model and where it is kept."""

    projection: Projection[Any]
    table: Table
    columns: Callable[[Any], Mapping[str, object]] = _no_columns
    moved_by_others: frozenset[str] = frozenset()
    """Columns that say something else than the row at times: they are no difference between two slots."""

    @property
    def name(self) -> str:
        """The name of the read model."""
        return self.projection.name

    @property
    def live(self) -> ColumnElement[bool]:
        """The condition under which a row is one that is read."""
        return self.table.c.slot == live(self.projection)

    def stored(self, row: Any) -> dict[str, object]:
        """Return *row* as its table keeps it; what says no more than the default of its field is left out."""
        return {"id": row.id, "doc": row.model_dump_json(exclude_defaults=True), **self.columns(row)}

    def loaded(self, doc: str) -> Any:
        """Return the row that was kept as *doc*."""
        return self.projection.row.model_validate_json(doc)


QUEUE_VIEW = View(QUEUE, queue, _queue_columns)
CASE_FILE_VIEW = View(CASE_FILE, case_files)
CLOCKS_VIEW = View(ARMED, clocks, _clock_columns, frozenset({"fires_at"}))
TIMERS_VIEW = View(TIMERS, timers, _timer_columns, frozenset({"fires_at"}))
TOKENS_VIEW = View(TOKENS, tokens, _token_columns)
USERS_VIEW = View(USERS, users, _user_columns)
TEAMS_VIEW = View(TEAMS, teams, _team_columns)
ENTITIES_VIEW = View(ENTITIES, legal_entities, _entity_columns)
FILES_VIEW = View(FILES, files, file_columns)
ISSUES_VIEW = View(ISSUES, issues, issue_columns)
ISSUE_CASES_VIEW = View(ISSUE_CASES, issue_cases, issue_case_columns)
TURNS_VIEW = View(TURNS, turns)
CHILDREN_VIEW = View(CHILDREN, children, child_columns)
VIEWS = (
    QUEUE_VIEW,
    CASE_FILE_VIEW,
    CLOCKS_VIEW,
    TIMERS_VIEW,
    TOKENS_VIEW,
    USERS_VIEW,
    TEAMS_VIEW,
    ENTITIES_VIEW,
    FILES_VIEW,
    ISSUES_VIEW,
    ISSUE_CASES_VIEW,
    TURNS_VIEW,
    CHILDREN_VIEW,
)
