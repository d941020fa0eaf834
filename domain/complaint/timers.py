"""Which events of a complaint arm a timer, and which disarm it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.complaint.investigation_events import DepartmentAnswered, DepartmentOverdue, StepRecorded
from domain.kernel import Event


def _name(consultation: UUID) -> str:
    return f"consultation/{consultation}"


def _asked(event: StepRecorded) -> Mapping[str, datetime | None]:
    asked, due = event.consultation, event.due_at
    return {} if asked is None or due is None else {_name(asked): due}


def _over(event: DepartmentAnswered | DepartmentOverdue) -> Mapping[str, datetime | None]:
    return {_name(event.consultation): None}


RULES: Mapping[type[Event], Callable[[Any], Mapping[str, datetime | None]]] = {
    StepRecorded: _asked,
    DepartmentAnswered: _over,
    DepartmentOverdue: _over,
}
