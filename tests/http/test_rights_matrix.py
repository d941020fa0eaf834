"""Every route × every role × every kind of case that can be hidden: it is shown, or it is not there.

A route of the API has one row in TABLE; one without fails.  To add a route, add its line: the
kind of the route says what is asked of it, and the second word which roles may call it at all
(``EVERYBODY`` needs no token).  A new kind of answer that holds cases needs a function in CHECKS
which returns what is wrong, and a line in HOLES, which shows that it would notice.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from enum import StrEnum, auto
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, true

from adapters import dashboard
from adapters.http.commands import EXAMPLES
from adapters.views import queries
from domain.access import LEVELS, Principal, Role, Scope
from domain.commands import COMMANDS
from projections.dashboard import Counters, Totals
from tests.http.rights import CASES, EXISTS, NOWHERE, Matrix, Prepared, clock_of, matrix
from tests.http.world import A_COMPLAINT

EVERYBODY = frozenset[Role | None]({None, *Role})
WORKERS = frozenset[Role | None]({Role.HANDLER, Role.SUPERVISOR})
STAFF = WORKERS | {Role.AUDITOR, Role.COMPLIANCE}
READERS = STAFF | {Role.COMPLAINANT}
SUPERVISORS = frozenset[Role | None]({Role.SUPERVISOR})


class Kind(StrEnum):
    """What is asked of a route."""

    ONE = auto()
    COMMAND = auto()
    LIST = auto()
    QUEUE = auto()
    COUNT = auto()
    GLASS = auto()
    NO_CASE = auto()


class Row(NamedTuple):
    """What a route is, and who may call it."""

    kind: Kind
    roles: frozenset[Role | None]


Operation: TypeAlias = tuple[str, str]

RIGHT_TO: dict[str, frozenset[Role | None]] = {"excuse-miss": SUPERVISORS, "set-sensitivity": SUPERVISORS}
"""The commands that not every worker may send."""
TABLE: dict[Operation, Row] = {
    ("get", "/v1/complaints"): Row(Kind.LIST, STAFF),
    ("get", "/v1/complaints/{id}"): Row(Kind.ONE, READERS),
    ("get", "/v1/complaints/{id}/history"): Row(Kind.ONE, READERS),
    ("get", "/v1/complaints/{id}/clocks"): Row(Kind.ONE, READERS),
    ("get", "/v1/complaints/{id}/clocks/{clock}/explain"): Row(Kind.ONE, READERS),
    ("post", "/v1/complaints/{id}/break-glass"): Row(Kind.GLASS, WORKERS),
    ("get", "/v1/tickets"): Row(Kind.LIST, STAFF),
    ("get", "/v1/tickets/{id}"): Row(Kind.ONE, READERS),
    ("get", "/v1/tickets/{id}/history"): Row(Kind.ONE, READERS),
    ("get", "/v1/tickets/{id}/clocks"): Row(Kind.ONE, READERS),
    ("get", "/v1/tickets/{id}/clocks/{clock}/explain"): Row(Kind.ONE, READERS),
    ("post", "/v1/tickets/{id}/break-glass"): Row(Kind.GLASS, WORKERS),
    ("get", "/v1/queues/{team}"): Row(Kind.QUEUE, STAFF),
    ("get", "/v1/dashboards/sla"): Row(Kind.COUNT, STAFF),
    ("post", "/v1/complaints"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/v1/forms"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/v1/forms/{form}"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/livez"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/readyz"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/metrics"): Row(Kind.NO_CASE, frozenset(Role)),
    **{
        ("post", f"/v1/complaints/{{id}}/{each.NAME}"): Row(Kind.COMMAND, RIGHT_TO.get(each.NAME, WORKERS))
        for each in COMMANDS
    },
}


@pytest.fixture(scope="module")
def desk(five_cases: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Generator[Matrix]:
    with matrix(five_cases, tmp_path_factory.mktemp("matrix")) as made:
        yield made


def kind_of(path: str) -> str:
    return "ticket" if path.startswith("/v1/tickets") else "complaint"


def filled(path: str, case: UUID) -> str:
    named = path.replace("{id}", str(case)).replace("{clock}", clock_of(case))
    return named.replace("{team}", "complaints").replace("{form}", "complaint")


def body_of(method: str, path: str) -> dict[str, Any]:
    if method == "get":
        return {}
    if path == "/v1/complaints":
        return {"json": A_COMPLAINT | {"country": "nowhere"}}
    return {"json": EXAMPLES.get(path.rpartition("/")[2], {"reason": "Nobody else is there."})}


def one(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """A case that exists is read; one that does not is answered as one that never was."""
    yield from by_name(desk, operation, who, EXISTS[who.role], 200)


def command(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """A case that exists is looked at, and found to be of another version."""
    yield from by_name(desk, operation, who, EXISTS[who.role], 412)


def glass(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """Any case that there is can be opened, by somebody whom no other check asks about."""
    other = who.model_copy(update={"id": f"glass-{who.role}"})
    yield from by_name(desk, operation, other, frozenset(CASES), 200)


def by_name(
    desk: Matrix, operation: Operation, who: Principal, exists: frozenset[str], found: int
) -> Iterator[str]:
    method, path = operation
    unknown = desk.ask(method, filled(path, NOWHERE), who, **body_of(method, path))
    for name, id in desk.ids[kind_of(path)].items():
        answer = desk.ask(method, filled(path, id), who, **body_of(method, path))
        if answer.status_code != (found if name in exists else 404):
            yield f"{who.role} {name}: {answer.status_code}"
        if name not in exists and answer.json() != unknown.json():
            yield f"{who.role} {name}: told apart from a case that is not there"


def listed(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """A list holds the cases that exist, no more and no fewer."""
    of_kind = desk.ids[kind_of(operation[1])]
    yield from same_ids(desk, operation, who, {of_kind[name] for name in EXISTS[who.role]})


def queue(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """The queue of a team holds those of its cases that exist, of both kinds."""
    names = {name for name in EXISTS[who.role] if CASES[name][0] == "complaints"}
    yield from same_ids(desk, operation, who, {ids[name] for ids in desk.ids.values() for name in names})


def same_ids(desk: Matrix, operation: Operation, who: Principal, expected: set[UUID]) -> Iterator[str]:
    answer = desk.ask(operation[0], filled(operation[1], NOWHERE), who).json()
    found = {UUID(row["id"]) for row in answer["items"]}
    if found != expected:
        yield f"{who.role}: {len(found - expected)} too many, {len(expected - found)} too few"


def count(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """Every number is that of the list behind it."""
    answer = desk.ask(operation[0], operation[1], who).json()
    for number in ("received", "open", "due_in_2_business_days"):
        if answer[number] != len(EXISTS[who.role]):
            yield f"{who.role}: {number} is {answer[number]}"
    for heading in ("by_team", "by_category", "by_channel", "by_status"):
        if sum(each["received"] for each in answer[heading]) != len(EXISTS[who.role]):
            yield f"{who.role}: {heading}"


def no_case(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """What holds no case is neither forbidden nor hidden."""
    method, path = operation
    answer = desk.ask(method, filled(path, NOWHERE), who, **body_of(method, path))
    if answer.status_code in {401, 403, 404}:
        yield f"{who.role}: {answer.status_code}"


CHECKS: dict[Kind, Callable[[Matrix, Operation, Principal], Iterator[str]]] = {
    Kind.ONE: one,
    Kind.COMMAND: command,
    Kind.GLASS: glass,
    Kind.LIST: listed,
    Kind.QUEUE: queue,
    Kind.COUNT: count,
    Kind.NO_CASE: no_case,
}


def wrong(desk: Matrix, operation: Operation) -> list[str]:
    """Return what is wrong with a route, whoever asks."""
    method, path = operation
    row, body = TABLE[operation], body_of(*operation)
    found: list[str] = []
    if None not in row.roles:
        own = filled(path, desk.ids[kind_of(path)]["own"])
        barred = {None: 401} | dict.fromkeys(set(Role) - row.roles, 403)
        for role, expected in barred.items():
            answer = desk.ask(method, own, desk.person(role) if role else None, **body)
            found += [f"{role}: {answer.status_code}"] if answer.status_code != expected else []
    for role in sorted(row.roles - {None}, key=str):
        found += CHECKS[row.kind](desk, operation, desk.person(Role(role)))
    return found


def test_every_route_has_its_row_and_every_row_its_route(desk: Matrix):
    """The routes of the application too, so that one left out of the description is not forgotten."""
    described = {
        (method, path)
        for path, methods in desk.world.client.get("/openapi.json").json()["paths"].items()
        for method in methods
    }
    served = {
        (method.lower(), path)
        for route in desk.world.app.routes
        if (path := getattr(route, "path", "")) != "/openapi.json"
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }

    assert described == set(TABLE)
    assert served <= set(TABLE)


@pytest.mark.parametrize("operation", TABLE, ids=" ".join)
def test_a_route_shows_to_each_role_the_cases_that_exist_for_it(desk: Matrix, operation: Operation):
    assert wrong(desk, operation) == []


def forget_the_filter_of_lists(patch: pytest.MonkeyPatch) -> None:
    def everything(_who: Principal) -> ColumnElement[bool]:
        return true()

    patch.setattr(queries, "visible", everything)


def forget_the_filter_of_counters(patch: pytest.MonkeyPatch) -> None:
    def everything(counters: Counters, _scope: Scope) -> Totals:
        return Totals(counters, Scope(teams=None, levels=frozenset(LEVELS)))

    patch.setattr(dashboard, "Totals", everything)


def forget_the_check_of_a_case(patch: pytest.MonkeyPatch) -> None:
    def always(*_: object) -> bool:
        return True

    patch.setattr(Principal, "sees", always)


HOLES: list[tuple[Callable[[pytest.MonkeyPatch], None], Operation]] = [
    (forget_the_filter_of_lists, ("get", "/v1/complaints")),
    (forget_the_filter_of_lists, ("get", "/v1/tickets")),
    (forget_the_filter_of_lists, ("get", "/v1/queues/{team}")),
    (forget_the_filter_of_lists, ("get", "/v1/dashboards/sla")),
    (forget_the_filter_of_counters, ("get", "/v1/dashboards/sla")),
    (forget_the_check_of_a_case, ("get", "/v1/complaints/{id}")),
    (forget_the_check_of_a_case, ("get", "/v1/tickets/{id}/history")),
]
"""What could be forgotten, and a route at which it has to be noticed."""


@pytest.mark.parametrize(("forget", "operation"), HOLES)
def test_a_filter_that_is_forgotten_is_noticed(
    desk: Matrix,
    monkeypatch: pytest.MonkeyPatch,
    forget: Callable[[pytest.MonkeyPatch], None],
    operation: Operation,
):
    assert wrong(desk, operation) == []
    forget(monkeypatch)

    assert any(said.startswith("handler") for said in wrong(desk, operation))
