"""What happens while a complaint is looked into: steps, departments that are asked, findings."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from domain.complaint.codes import Finding, Point, StepKind
from domain.kernel import Event, Instant
from domain.privacy import Code, Kept, PersonalText


class StepRecorded(Event):
    """One step of the investigation was taken.

    A department that was consulted has until ``due_at`` to answer the ``consultation``.
    """

    TOPIC: ClassVar[str] = "complaint.step_recorded"

    kind: StepKind
    summary: Kept[PersonalText]
    department: Code | None = None
    consultation: UUID | None = None
    due_at: Instant | None = None


class DepartmentAnswered(Event):
    """A department answered what it was consulted about."""

    TOPIC: ClassVar[str] = "complaint.department_answered"

    consultation: UUID
    department: Code
    text: Kept[PersonalText]


class DepartmentOverdue(Event):
    """A department has not answered in its time; ``occurred_at`` is when that ended."""

    TOPIC: ClassVar[str] = "complaint.department_overdue"

    consultation: UUID
    department: Code


class FindingRecorded(Event):
    """What was found about one point that the complainant raised; a later finding replaces it."""

    TOPIC: ClassVar[str] = "complaint.finding_recorded"

    point: Point
    finding: Finding
    summary: Kept[PersonalText]


INVESTIGATION_EVENTS: tuple[type[Event], ...] = (DepartmentAnswered, DepartmentOverdue, FindingRecorded)
