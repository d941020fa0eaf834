"""Who sees and does what."""

from __future__ import annotations

import pytest

from domain.access import RIGHTS, Principal, Right, Role

EVERYTHING = {
    Role.HANDLER: {Right.READ_CASES, Right.WORK_CASES},
    Role.SUPERVISOR: {Right.READ_CASES, Right.WORK_CASES, Right.READ_ALL_TEAMS, Right.EXCUSE_MISSES},
    Role.ADMIN: {Right.CONFIGURE},
}


@pytest.mark.parametrize("role", Role)
def test_a_role_holds_its_rights_and_no_others(role: Role):
    who = Principal(id="anna", role=role)

    assert {right for right in Right if who.may(right)} == EVERYTHING[role] == RIGHTS[role]


@pytest.mark.parametrize(
    ("role", "teams", "sees"),
    [
        (Role.HANDLER, ("complaints",), {"complaints"}),
        (Role.HANDLER, ("complaints", "payments"), {"complaints", "payments"}),
        (Role.HANDLER, (), set[str]()),
        (Role.SUPERVISOR, (), {"complaints", "payments"}),
        (Role.ADMIN, ("complaints",), set[str]()),
    ],
)
def test_a_handler_sees_their_teams_a_supervisor_all_an_administrator_none(
    role: Role, teams: tuple[str, ...], sees: set[str]
):
    who = Principal(id="anna", role=role, teams=teams)

    assert {team for team in ("complaints", "payments") if who.sees_team(team)} == sees
