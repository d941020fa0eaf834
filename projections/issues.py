"""Issues as they are now, and which cases are linked to each."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.changing import after
from domain.directory.events import Login, Reach
from domain.ids import derived
from domain.issues import events as e
from domain.issues.issue import DETAILS, LEADS_TO, Status
from domain.issues.joined import COMPLAINT_JOINING, TICKET_JOINING, IssueLinked, IssueUnlinked
from domain.issues.rule import Rule
from domain.kernel import Event, Instant, Value
from domain.privacy import Kept, PersonalText
from projections.projection import Projection, by_case, changed, first, topics


class IssueRow(Value):
    """One issue."""

    id: UUID
    version: int
    status: Status = "open"
    title: e.IssueTitle
    kind: e.IssueKind
    cause: Kept[PersonalText] | None = None
    action: Kept[PersonalText] | None = None
    owner: Login | None = None
    due: date | None = None
    rule: Rule | None = None
    within: Reach
    opened_at: Instant
    closed_at: Instant | None = None
    last_update_at: Instant | None = None
    """When everybody concerned was last told something."""

    @property
    def links(self) -> bool:
        """Whether cases are linked by a rule."""
        return self.rule is not None and self.status != "closed"


def evolve_issue(row: IssueRow | None, event: Event, number: int) -> IssueRow | None:
    """Return the row after *event*."""
    del number
    if isinstance(event, e.IssueOpened):
        facts = {name: getattr(event, name) for name in (*DETAILS, "within")}
        return IssueRow(
            id=event.originator_id,
            version=event.originator_version,
            opened_at=event.occurred_at,
            **facts,
        )
    if row is None:
        return None
    status = LEADS_TO.get(type(event), row.status)
    return changed(row, {"version": event.originator_version, "status": status, **_facts(event)})


def _facts(event: Event) -> dict[str, object]:
    match event:
        case e.IssueChanged():
            return after(event, (*DETAILS, "within"))
        case e.IssueClosed():
            return {"closed_at": event.occurred_at}
        case e.IssueReopened():
            return {"closed_at": None}
        case e.IssueUpdateAnnounced():
            return {"last_update_at": event.occurred_at}
        case _:
            return {}


class IssueCaseRow(Value):
    """That one case is linked to one issue."""

    id: UUID
    issue: UUID
    case_id: UUID
    linked_at: Instant
    by_rule: bool = False


def link_id(case: UUID, issue: UUID) -> UUID:
    """Return the identifier of the link between *case* and *issue*."""
    return derived(case, f"issue {issue}")


def evolve_link(row: IssueCaseRow | None, event: Event, number: int) -> IssueCaseRow | None:
    """Return the row after *event*; None while the case is not linked."""
    del number
    match event:
        case IssueLinked(originator_id=case, issue=issue):
            return IssueCaseRow(
                id=link_id(case, issue),
                issue=issue,
                case_id=case,
                linked_at=event.occurred_at,
                by_rule=event.by_rule,
            )
        case IssueUnlinked():
            return None
        case _:
            return row


def _by_link(event: Event) -> UUID:
    joins = isinstance(event, IssueLinked | IssueUnlinked)
    return link_id(event.originator_id, event.issue) if joins else event.originator_id


ISSUES: Projection[IssueRow] = Projection(
    name="issues",
    version=2,
    row=IssueRow,
    topics=topics(*e.ISSUE_EVENTS),
    key=by_case,
    begins=first,
    evolve=evolve_issue,
)
ISSUE_CASES: Projection[IssueCaseRow] = Projection(
    name="issue_cases",
    version=2,
    row=IssueCaseRow,
    topics=topics(*COMPLAINT_JOINING, *TICKET_JOINING),
    key=_by_link,
    evolve=evolve_link,
)
