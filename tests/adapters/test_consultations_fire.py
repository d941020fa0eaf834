"""A department that has not answered in its time is overdue once, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from domain import commands as c
from domain.complaint.investigation_events import DepartmentOverdue
from tests.adapters.schedulers import RECEIVED, opened, receive
from tests.adapters.test_ticket_deadlines_fire import later

DUE = RECEIVED + timedelta(hours=3)
MICROSECOND = timedelta(microseconds=1)
ASKED = c.RecordStep(
    kind="department_consulted", summary="Asked the treasury.", department="treasury", due_at=DUE
)


def test_a_department_is_overdue_at_its_instant_once_and_of_no_other_case(desk_url: str, tmp_path: Path):
    desk = opened(desk_url, tmp_path, RECEIVED)
    asked, _other = receive(desk, 2)
    for command in (c.Investigate(), ASKED):
        desk.desk.command(asked, command, "anna")
    later(desk, DUE - MICROSECOND)
    desk.deadlines.tick()
    assert [each for _, each in desk.store.everything() if isinstance(each, DepartmentOverdue)] == []

    later(desk, DUE)
    desk.deadlines.tick()
    desk.views.catch_up()
    desk.deadlines.tick()

    (event,) = (each for _, each in desk.store.everything() if isinstance(each, DepartmentOverdue))
    assert (event.originator_id, event.occurred_at, event.actor) == (asked, DUE, "system:scheduler")
    desk.close()
