"""What an investigation brings to light: steps, answers of departments, findings on each point raised."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain import errors
from domain.calendars import business_days
from domain.complaint import events as e
from domain.complaint.investigation_events import DepartmentAnswered, DepartmentOverdue, FindingRecorded
from domain.complaint.state import State
from domain.deadlines import deadline
from domain.ids import derived
from domain.kernel import upon
from domain.policies import Term
from domain.privacy import ERASED

if TYPE_CHECKING:
    from domain.case import Text
    from domain.complaint.codes import Finding, StepKind
    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.policies.handling import Consultation as Allowed

CONSULTED = "department_consulted"


@dataclass(frozen=True)
class Consultation:
    """What a department was asked: until when, what it answered, and whether it was late."""

    department: str
    due_at: datetime | None
    answer: Text = None
    answered: bool = False
    overdue: bool = False


class Findings(State):
    """A complaint with what was found out about it."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.consultations: dict[UUID, Consultation] = {}
        self.findings: dict[str, tuple[str, Text]] = {}
        """By point: the finding and its summary."""

    @upon(e.StepRecorded)
    def _ask_department(self, event: e.StepRecorded) -> None:
        if event.consultation is not None and event.department is not None:
            self.consultations[event.consultation] = Consultation(event.department, event.due_at)

    @upon(DepartmentAnswered)
    def _hear_department(self, event: DepartmentAnswered) -> None:
        self._change(event.consultation, answer=event.text, answered=True)

    @upon(DepartmentOverdue)
    def _miss_department(self, event: DepartmentOverdue) -> None:
        self._change(event.consultation, overdue=True)

    @upon(FindingRecorded)
    def _keep_finding(self, event: FindingRecorded) -> None:
        self.findings[event.point] = (event.finding, event.summary)

    def _change(self, asked: UUID, **facts: Any) -> None:
        self.consultations[asked] = replace(self.consultations[asked], **facts)

    def record_step(
        self,
        kind: StepKind,
        summary: str,
        by: Context,
        rules: Rulebook,
        *,
        department: str | None = None,
        due_at: datetime | None = None,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record one step of the investigation; the same step told twice is one step.

        A department that is consulted has until *due_at* to answer, else as long as the policies
        that bind the case say; where none says anything nobody is reminded.
        """
        if self._told(e.StepRecorded, occurred_at, summary):
            return
        self._refuse_unless_investigating()
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"kind": kind, "summary": summary, "department": department}
        if kind == CONSULTED and department is not None:
            due = due_at or self._answer_due(at, rules)
            if due is not None and due <= at:
                raise errors.DueBeforeAsked
            facts |= {"consultation": self._next_consultation(), "due_at": due}
        elif due_at is not None:
            raise errors.NobodyConsulted
        self._tell(e.StepRecorded, by, rules, at, **facts)

    def _next_consultation(self) -> UUID:
        return derived(self.id, f"consultation/{len(self.consultations) + 1}")

    def _answer_due(self, at: datetime, rules: Rulebook) -> datetime | None:
        """Return when the department has to have answered by the policies that bind the case."""
        found: list[datetime] = []
        for pin in self.pins:
            regime = rules.regime(pin.regime, pin.version)
            if regime.consultation is not None:
                term = _term(regime.consultation)
                calendar = rules.calendar(pin.calendar, pin.calendar_version)
                days = business_days(calendar, regime.closed_weekdays)
                found.append(deadline(term, regime, days, at).due_before)
        return min(found, default=None)

    def answer_consultation(
        self,
        consultation: UUID,
        text: str,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record what the department answered, late too; another answer is another consultation."""
        self._refuse_unless_received()
        asked = self.consultations.get(consultation)
        if asked is None:
            raise errors.UnknownConsultation
        if asked.answered and asked.answer in (text, ERASED):
            return
        if asked.answered:
            raise errors.AlreadyAnswered
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"consultation": consultation, "department": asked.department, "text": text}
        self._tell(DepartmentAnswered, by, rules, at, **facts)

    def notice_timers(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Record each department that has not answered by *now* though its time has ended, once.

        What has become of the complaint meanwhile makes no difference: it was asked, and is late.
        """
        super().notice_timers(now, by, rules)
        late = [(id, asked) for id, asked in self.consultations.items() if _is_late(asked, now)]
        for id, asked in late:
            facts: dict[str, Any] = {"consultation": id, "department": asked.department}
            self._tell(DepartmentOverdue, by, rules, asked.due_at or now, **facts)

    def record_finding(
        self,
        point: str,
        finding: Finding,
        summary: str,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record what was found about a *point* that was raised; the same again is no news."""
        if self.findings.get(point) in ((finding, summary), (finding, ERASED)):
            return
        self._refuse_unless_investigating()
        at = self._when(occurred_at, by)
        facts: dict[str, Any] = {"point": point, "finding": finding, "summary": summary}
        self._tell(FindingRecorded, by, rules, at, **facts)


def _term(allowed: Allowed) -> Term:
    """Return the time that a department has as a term, by which a deadline can be computed."""
    return Term(
        milestone="consultation",
        limit=allowed.limit,
        unit=allowed.unit,
        start=("step_recorded",),
        stop=("department_answered",),
    )


def _is_late(asked: Consultation, now: datetime) -> bool:
    due = asked.due_at
    return due is not None and due <= now and not (asked.answered or asked.overdue)
