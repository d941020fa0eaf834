"""Every route × every role × every kind of case that can be hidden: it is shown, or it is not there.

A route of the API has one row in TABLE; one without fails.  To add a route, add its line: the
kind of the route says what is asked of it, and the second word which roles may call it at all
(``EVERYBODY`` needs no token).  A new kind of answer that holds cases needs a function in CHECKS
which returns what is wrong, and a line in HOLES, which shows that it would notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Hashable, Iterator
from datetime import datetime
from enum import StrEnum, auto
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import pytest
from sqlalchemy import ColumnElement, true

from adapters import dashboard
from adapters.http import stream
from adapters.http.commands import EXAMPLES
from adapters.views import queries
from adapters.views.kept import KeptCounts
from adapters.views.queries import FallingDue, Queries
from domain.access import LEVELS, Principal, Role, Scope
from domain.commands import COMMANDS, JOINT_COMMANDS, TICKET_COMMANDS
from domain.ids import derived
from projections.dashboard import Counters, Totals
from tests.http.filing import a_png
from tests.http.rights import CASES, EXISTS, NOWHERE, OTHER_ENTITY, Matrix, Prepared, clock_of, matrix
from tests.http.server import Listener, until
from tests.http.world import A_COMPLAINT

EVERYBODY = frozenset[Role | None]({None, *Role})
WORKERS = frozenset[Role | None]({Role.HANDLER, Role.SUPERVISOR})
STAFF = WORKERS | {Role.AUDITOR, Role.COMPLIANCE}
READERS = STAFF | {Role.COMPLAINANT}
SUPERVISORS = frozenset[Role | None]({Role.SUPERVISOR})
AUDITORS = frozenset[Role | None]({Role.AUDITOR})
ADMINS = frozenset[Role | None]({Role.ADMIN})
COLLEAGUES = STAFF | ADMINS


class Kind(StrEnum):
    """What is asked of a route."""

    ONE = auto()
    COMMAND = auto()
    LIST = auto()
    QUEUE = auto()
    COUNT = auto()
    GLASS = auto()
    LINKS = auto()
    UPLOAD = auto()
    REMOVAL = auto()
    BULK = auto()
    SEARCH = auto()
    LOG = auto()
    READS = auto()
    STREAM = auto()
    NO_CASE = auto()
    NAMED = auto()


class Row(NamedTuple):
    """What a route is, and who may call it."""

    kind: Kind
    roles: frozenset[Role | None]


Operation: TypeAlias = tuple[str, str]

KEEPERS = frozenset[Role | None]({Role.COMPLIANCE})
CONCERNED = WORKERS | {Role.COMPLAINANT}
RIGHT_TO: dict[str, frozenset[Role | None]] = {
    **dict.fromkeys(
        ("excuse-miss", "set-sensitivity", "approve-resolution", "return-resolution"), SUPERVISORS
    ),
    **dict.fromkeys(("place-hold", "lift-hold"), KEEPERS),
    **dict.fromkeys(("supply-information", "accept", "withdraw", "rate"), CONCERNED),
}
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
    **{
        (method, f"/v1/{cases}/{{id}}/attachments{rest}"): Row(kind, roles)
        for cases in ("complaints", "tickets")
        for method, rest, kind, roles in (
            ("post", "", Kind.UPLOAD, WORKERS | {Role.COMPLAINANT}),
            ("get", "", Kind.ONE, READERS),
            ("get", "/{file}", Kind.ONE, READERS),
            ("get", "/{file}/content", Kind.ONE, READERS),
            ("delete", "/{file}", Kind.REMOVAL, WORKERS),
        )
    },
    ("get", "/v1/queues/{team}"): Row(Kind.QUEUE, STAFF),
    ("get", "/v1/dashboards/sla"): Row(Kind.COUNT, STAFF),
    ("post", "/v1/complaints"): Row(Kind.NO_CASE, EVERYBODY),
    ("post", "/v1/tickets"): Row(Kind.NO_CASE, EVERYBODY),
    ("post", "/v1/forms/{form}/check"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/v1/forms"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/v1/forms/{form}"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/livez"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/readyz"): Row(Kind.NO_CASE, EVERYBODY),
    ("get", "/metrics"): Row(Kind.NO_CASE, frozenset(Role)),
    **{
        ("post", f"/v1/complaints/{{id}}/{each.NAME}"): Row(Kind.COMMAND, RIGHT_TO.get(each.NAME, WORKERS))
        for each in COMMANDS
    },
    **{
        ("post", f"/v1/{kind}/{{id}}/{each.NAME}"): Row(Kind.COMMAND, WORKERS)
        for kind in ("complaints", "tickets")
        for each in JOINT_COMMANDS
    },
    **{
        ("post", f"/v1/tickets/{{id}}/{each.NAME}"): Row(Kind.COMMAND, RIGHT_TO.get(each.NAME, WORKERS))
        for each in TICKET_COMMANDS
    },
    **{
        (method, f"/v1/{kind}/{{id}}/links"): Row(Kind.LINKS, WORKERS)
        for method in ("post", "delete")
        for kind in ("complaints", "tickets")
    },
    ("post", "/v1/complaints/bulk"): Row(Kind.BULK, frozenset(Role)),
    ("get", "/v1/search"): Row(Kind.SEARCH, STAFF),
    ("get", "/v1/log"): Row(Kind.LOG, AUDITORS),
    ("get", "/v1/reads"): Row(Kind.READS, AUDITORS),
    ("get", "/v1/stream"): Row(Kind.STREAM, READERS),
    ("get", "/v1/me"): Row(Kind.NO_CASE, frozenset(Role)),
    **{
        ("get", f"/v1/{each}"): Row(Kind.NO_CASE, COLLEAGUES) for each in ("users", "teams", "legal-entities")
    },
    ("get", "/v1/users/{login}"): Row(Kind.NAMED, COLLEAGUES),
    ("get", "/v1/issues"): Row(Kind.NO_CASE, STAFF),
    ("get", "/v1/issues/{id}"): Row(Kind.NAMED, STAFF),
    ("get", "/v1/issues/{id}/cases"): Row(Kind.NAMED, STAFF),
    ("post", "/v1/issues"): Row(Kind.NAMED, SUPERVISORS),
    **{
        ("post", f"/v1/issues/{{id}}/{each}"): Row(Kind.NAMED, SUPERVISORS)
        for each in ("change", "mitigate", "close", "reopen", "update-all", "link", "unlink")
    },
    ("get", "/v1/teams/{name}"): Row(Kind.NAMED, COLLEAGUES),
    ("get", "/v1/legal-entities/{code}"): Row(Kind.NAMED, COLLEAGUES),
    ("post", "/v1/users/{login}/hand-over"): Row(Kind.NAMED, SUPERVISORS),
    **{
        (method, f"/v1/{path}"): Row(Kind.NAMED, ADMINS)
        for method, path in (
            ("post", "users"),
            ("post", "users/{login}/change"),
            ("post", "users/{login}/leave"),
            ("post", "users/{login}/return"),
            ("post", "teams"),
            ("post", "teams/{name}/change"),
            ("post", "teams/{name}/close"),
            ("post", "legal-entities"),
            ("post", "legal-entities/{code}/change"),
            ("get", "tokens"),
            ("post", "tokens"),
            ("post", "tokens/{id}/revoke"),
            ("get", "webhooks"),
            ("post", "webhooks"),
            ("get", "webhooks/{id}"),
            ("patch", "webhooks/{id}"),
            ("delete", "webhooks/{id}"),
            ("post", "webhooks/{id}/enable"),
            ("post", "webhooks/{id}/disable"),
            ("post", "webhooks/{id}/rotate-secret"),
            ("post", "webhooks/{id}/test"),
            ("post", "webhooks/{id}/replay"),
            ("get", "webhooks/{id}/deliveries"),
            ("post", "webhooks/{id}/deliveries/{delivery_id}/replay"),
        )
    },
}


@pytest.fixture(scope="module")
def desk(five_cases: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Generator[Matrix]:
    with pytest.MonkeyPatch.context() as patch, matrix(five_cases, tmp_path_factory.mktemp("matrix")) as made:
        patch.setattr(stream, "HEARTBEAT", 0.2)
        yield made


def kind_of(path: str) -> str:
    return "ticket" if path.startswith("/v1/tickets") else "complaint"


def filled(path: str, case: UUID) -> str:
    file = derived(case, "kept" if path.endswith("/content") else "doomed")
    named = path.replace("{file}", str(file)).replace("{id}", str(case)).replace("{clock}", clock_of(case))
    named = named.replace("{team}", "complaints").replace("{form}", "complaint")
    named = re.sub(r"\{(login|name|code)\}", "nobody", named.replace("{delivery_id}", str(NOWHERE)))
    return f"{named}?q=withdrawal" if path == "/v1/search" else named


def body_of(method: str, path: str) -> dict[str, Any]:
    if method == "delete" and path.endswith("/{file}"):
        return {"json": {"reason": "It shows somebody else."}}
    if method in {"get", "delete"} or path.endswith("/links"):
        return {}
    if path.endswith("/attachments"):
        return {"files": {"file": ("evidence.png", a_png(1), "image/png")}}
    if path.endswith("/bulk"):
        return {"json": {"command": "note", "items": [{"id": str(NOWHERE), "body": {"text": "Called."}}]}}
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


def links(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """Links are made and taken back of the cases that exist."""
    found = 201 if operation[0] == "post" else 200
    for name, id in desk.ids[kind_of(operation[1])].items():
        answer = desk.ask(operation[0], filled(operation[1], id), who)
        if answer.status_code != (found if name in EXISTS[who.role] else 404):
            yield f"{who.role} {name}: {answer.status_code}"


def upload(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """A file is added to a case that exists."""
    yield from by_name(desk, operation, who, EXISTS[who.role], 201)


def removal(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """A file of a case that exists is removed, and removed again."""
    yield from by_name(desk, operation, who, EXISTS[who.role], 200)


def bulk(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """Each item is answered as the command alone: of another version, not there, or not allowed."""
    ids = desk.ids["complaint"]
    items = [{"id": str(id), "version": 999_999, "body": {"text": "Called."}} for id in ids.values()]
    answer = desk.ask(*operation, who, json={"command": "note", "items": items}).json()
    for name, result in zip(ids, answer["results"], strict=True):
        allowed = 412 if name in EXISTS[who.role] else 404
        if result["status"] != (allowed if who.role in WORKERS else 403):
            yield f"{who.role} {name}: {result['status']}"


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


def found(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """What is said of every complaint finds those that exist."""
    desk.world.plaint.search.engine.catch_up()
    yield from same_ids(desk, operation, who, {desk.ids["complaint"][name] for name in EXISTS[who.role]})


def everything_of(desk: Matrix, who: Principal, besides: str = "") -> set[UUID]:
    names = EXISTS[who.role] - {besides}
    return {of_kind[name] for of_kind in desk.ids.values() for name in names}


def in_the_log(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """The log holds the cases that exist; so does that of an auditor of one legal entity."""
    yield from whole(desk, operation[1], who, "originator_id")


def in_the_reads(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """The record of reading names the cases that exist and were read; here all of them were."""
    compliance = desk.person(Role.COMPLIANCE)
    for kind, ids in desk.ids.items():
        for id in ids.values():
            assert desk.ask("get", f"/v1/{kind}s/{id}", compliance).status_code == 200
    desk.world.later(seconds=1)
    yield from whole(desk, operation[1], who, "case_id")


def whole(desk: Matrix, path: str, who: Principal, name: str) -> Iterator[str]:
    """Read a list to its end as *who*, and as the same of the legal entity ``main`` alone."""
    of_main = who.model_copy(update={"id": f"main-{who.id}", "legal_entities": ("main",)})
    cases = everything_of(desk, who)
    for each, besides in ((who, ""), (of_main, OTHER_ENTITY)):
        told: set[UUID] = set()
        following: str | None = path
        while following:
            page = desk.ask("get", following, each).json()
            told |= {UUID(item[name]) for item in page["items"]} & cases
            following = page["next"]
        yield from differing(each, told, everything_of(desk, who, besides))


def streamed(desk: Matrix, _operation: Operation, who: Principal) -> Iterator[str]:
    """The stream tells, from the first event on, of the cases that exist."""
    desk.people[who.id] = who
    listener = Listener(
        desk.base, {"X-Principal": who.id, "Authorization": f"Bearer {who.id}"}, {"after": "00:0"}
    )
    end = f"00:{desk.world.plaint.store.count()}"
    until(lambda: listener.id == end or listener.ended)
    listener.close()
    if listener.bye is not None:
        yield f"{who.role}: {listener.bye}"
        return
    yield from differing(who, {UUID(each.data["id"]) for each in listener.told}, everything_of(desk, who))


def differing(who: Principal, found: set[UUID], expected: set[UUID]) -> Iterator[str]:
    if found != expected:
        yield f"{who.role}: {len(found - expected)} too many, {len(expected - found)} too few"


def same_ids(desk: Matrix, operation: Operation, who: Principal, expected: set[UUID]) -> Iterator[str]:
    answer = desk.ask(operation[0], filled(operation[1], NOWHERE), who).json()
    yield from differing(who, {UUID(row["id"]) for row in answer["items"]}, expected)


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


def named(desk: Matrix, operation: Operation, who: Principal) -> Iterator[str]:
    """What holds no case, and may not be there or not be as it is asked for, is not forbidden."""
    method, path = operation
    answer = desk.ask(method, filled(path, NOWHERE), who, **body_of(method, path))
    if answer.status_code in {401, 403} or answer.status_code >= 500:
        yield f"{who.role}: {answer.status_code}"


CHECKS: dict[Kind, Callable[[Matrix, Operation, Principal], Iterator[str]]] = {
    Kind.ONE: one,
    Kind.COMMAND: command,
    Kind.GLASS: glass,
    Kind.LIST: listed,
    Kind.QUEUE: queue,
    Kind.COUNT: count,
    Kind.LINKS: links,
    Kind.UPLOAD: upload,
    Kind.REMOVAL: removal,
    Kind.BULK: bulk,
    Kind.SEARCH: found,
    Kind.LOG: in_the_log,
    Kind.READS: in_the_reads,
    Kind.STREAM: streamed,
    Kind.NO_CASE: no_case,
    Kind.NAMED: named,
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
    count_anew(patch)


def count_anew(patch: pytest.MonkeyPatch) -> None:
    """What was counted before a filter was forgotten would hide that it is."""

    def counted(_kept: KeptCounts[object], _asked: Hashable, count: Callable[[], object]) -> object:
        return count()

    patch.setattr(KeptCounts, "get", counted)


def forget_the_filter_of_counters(patch: pytest.MonkeyPatch) -> None:
    def everything(counters: Counters, _scope: Scope) -> Totals:
        return Totals(counters, Scope(teams=None, levels=frozenset(LEVELS)))

    patch.setattr(dashboard, "Totals", everything)
    count_anew(patch)


def forget_the_filter_of_what_falls_due(patch: pytest.MonkeyPatch) -> None:
    everybody, falling_due = Principal(id="everybody", role=Role.COMPLIANCE), Queries.falling_due

    def everything(asked: Queries, _who: Principal, *span: datetime) -> FallingDue:
        return falling_due(asked, everybody, *span)

    patch.setattr(Queries, "falling_due", everything)
    count_anew(patch)


def forget_the_check_of_a_case(patch: pytest.MonkeyPatch) -> None:
    def always(*_: object) -> bool:
        return True

    patch.setattr(Principal, "sees", always)


def forget_the_scope_of_a_case(patch: pytest.MonkeyPatch) -> None:
    def everything(*_: object) -> bool:
        return True

    patch.setattr(Scope, "admits", everything)


HOLES: list[tuple[Callable[[pytest.MonkeyPatch], None], Operation]] = [
    (forget_the_filter_of_lists, ("get", "/v1/complaints")),
    (forget_the_filter_of_lists, ("get", "/v1/tickets")),
    (forget_the_filter_of_lists, ("get", "/v1/queues/{team}")),
    (forget_the_filter_of_what_falls_due, ("get", "/v1/dashboards/sla")),
    (forget_the_filter_of_counters, ("get", "/v1/dashboards/sla")),
    (forget_the_check_of_a_case, ("get", "/v1/complaints/{id}")),
    (forget_the_check_of_a_case, ("get", "/v1/tickets/{id}/history")),
    (forget_the_scope_of_a_case, ("get", "/v1/stream")),
    (forget_the_scope_of_a_case, ("get", "/v1/log")),
    (forget_the_scope_of_a_case, ("get", "/v1/reads")),
    (forget_the_scope_of_a_case, ("post", "/v1/complaints/bulk")),
    (forget_the_scope_of_a_case, ("post", "/v1/complaints/{id}/links")),
    (forget_the_check_of_a_case, ("get", "/v1/complaints/{id}/attachments/{file}")),
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

    noticing = "handler" if Role.HANDLER in TABLE[operation].roles else "auditor"
    assert any(said.startswith(noticing) for said in wrong(desk, operation))
