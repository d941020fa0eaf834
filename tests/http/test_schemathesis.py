"""The description of the API is true: whoever asks, and whatever is asked, the answer is one that it names.

Requests are made from the description, well-formed and malformed, with seeds that are always
the same, as each role and without a token.  What was answered is asked about in turn: cases sent
on the way are read, commanded and read again.  No answer has more than its reader may see.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from pydantic import BaseModel
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from adapters.http.openapi import DOCUMENTS
from adapters.http.schemas import CaseDocument
from adapters.http.sight import fields
from domain.access import Principal, Role, Sight
from tests.http.world import A_COMPLAINT, World, a_ticket

server: Any = checks
description: Any = openapi_checks
TRUE = [
    server.not_a_server_error,
    description.status_code_conformance,
    description.content_type_conformance,
    description.response_headers_conformance,
    description.response_schema_conformance,
]
PATIENT = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
ONCE = settings(
    max_examples=1, phases=[Phase.generate], suppress_health_check=PATIENT, deadline=None, database=None
)
WALKS = settings(ONCE, max_examples=2, stateful_step_count=10, derandomize=True)
SECONDS = 2.5
"""Of work for each asker, however busy the machine is; where that is not enough for all operations,
each asker begins at others, and together they ask all."""
ASKERS = (None, *Role)
CANARY = "Canary Somebody"
"""Whose complaint is known: nobody is told the name who may not read what concerns a person."""
A_REQUEST: dict[str, Any] = {
    "form": "general_request",
    "language": "en",
    "contact_email": "someone@example.org",
    "fields": {"account_email": "someone@example.org", "subject": "Statement", "description": "Where is it?"},
}
BEGINS: dict[str, dict[str, Any]] = {"POST /v1/complaints": A_COMPLAINT, "POST /v1/tickets": A_REQUEST}
"""How cases begin on a walk; what is asked of them then is as the description has it."""


WALKERS = [
    *((role, kind) for role in ASKERS for kind in ("complaints", "tickets")),
    (Role.SUPERVISOR, "issues"),
    (Role.ADMIN, "webhooks"),
]
"""Who walks where: from what they sent to what can be asked of it."""


class Asker(NamedTuple):
    """Somebody of *role* and the header that shows it; nobody in particular without a role."""

    role: Role | None
    authorization: str | None

    def show(self, case: Any) -> None:
        """Let the request *case* be theirs, whatever was made up for it."""
        case.headers.pop("Authorization", None)
        if self.authorization is not None:
            case.headers["Authorization"] = self.authorization

    def sees(self, case: Any) -> frozenset[Sight]:
        """Return what of a case is for the reader, who may give a purpose with the request *case*."""
        if self.role is None:
            return frozenset()
        return Principal(id="somebody", role=self.role).sights(case.headers.get("Purpose"))


class Served(NamedTuple):
    """A desk that is asked everything that can be asked, and cases that are there: one of each kind."""

    world: World
    schema: Any
    known: dict[str, str]
    documents: dict[str, type[BaseModel]]
    """By operation, what it answers of cases."""

    def asker(self, role: Role | None) -> Asker:
        """Return somebody of *role*; a complainant came by the link to the complaint."""
        if role is None:
            return Asker(role, None)
        if role is not Role.COMPLAINANT:
            return Asker(role, self.world.token(role, "complaints", "support")["Authorization"])
        host = self.world.token(Role.HANDLER, "complaints")
        made = self.world.client.post(f"/v1/complaints/{self.known['complaints']}/links", headers=host)
        token = made.json()["url"].rpartition("/")[2]
        return Asker(role, f"Bearer {token}")

    def judge(self, case: Any, answer: Any, asker: Asker) -> None:
        """Hold *answer* against the description, and against what the asker may see."""
        case.validate_response(answer, checks=TRUE)
        sees = asker.sees(case)
        document = self.documents.get(case.operation.label)
        if document is not None and answer.status_code == 200:
            assert list(surplus(document, answer.json(), sees)) == []
        if not sees & {Sight.SHARED, Sight.PERSONAL}:
            assert CANARY not in answer.text


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    world = World(tmp_path_factory.mktemp("schemathesis"))
    world.plaint.streams.each = 0  # nobody waits for the end of what has none
    schema: Any = schemathesis.openapi.from_asgi("/openapi.json", world.app)
    known = {"complaints": world.received(full_name=CANARY), "tickets": a_ticket(world)}
    yield Served(world, schema, known, dict(told_of_cases(schema.raw_schema)))
    world.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for read models that nothing moves."""
    monkeypatch.setattr("adapters.http.cases.PATIENCE", 0)


def told_of_cases(raw: dict[str, Any]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield each operation that answers a document of cases, and the document."""
    by_name = {each.__name__: each for each in DOCUMENTS}
    for path, operations in raw["paths"].items():
        for method, operation in operations.items():
            content = operation["responses"].get("200", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            if reference.rpartition("/")[2] in by_name:
                yield f"{method.upper()} {path}", by_name[reference.rpartition("/")[2]]


def surplus(
    kind: type[BaseModel], told: dict[str, Any], sees: frozenset[Sight], inherited: Sight = Sight.PUBLIC
) -> Iterator[str]:
    """Yield what *told* has and a reader who sees *sees* should not be told: at any depth, and by no name."""
    known = list(fields(kind, inherited))
    yield from (f"{kind.__name__}.{name}" for name in told.keys() - {each[0] for each in known})
    for name, sight, inner, many in known:
        if name in told and sight not in sees:
            yield f"{kind.__name__}.{name}"
        elif inner is not None and told.get(name) is not None:
            for each in told[name] if many else [told[name]]:
                yield from surplus(inner, each, sees, sight)


def test_what_is_told_beyond_the_role_is_noticed(served: Served):
    """At any depth, and though the description knows nothing of it."""
    host = served.world.token(Role.HANDLER, "complaints")
    told = served.world.get(f"/v1/complaints/{served.known['complaints']}", host).json()
    told["clocks"][0]["secret"] = 1

    assert list(surplus(CaseDocument, told, frozenset(Sight))) == ["ClockView.secret"]
    assert {"CaseDocument.team", "ClockView.secret", "CaseDocument.possible_duplicates"} <= {
        *surplus(CaseDocument, told, frozenset({Sight.PUBLIC}))
    }


@pytest.mark.parametrize("role", ASKERS)
def test_no_answer_is_undocumented_or_a_failure_or_tells_more_than_its_reader_may_see(
    served: Served, role: Role | None
):
    """Well-formed requests reach a case that is there, at any version; malformed ones are left as they are."""
    asker = served.asker(role)
    operations = [found.ok() for found in served.schema.get_all_operations()]
    first = len(operations) * ASKERS.index(role) // len(ASKERS)
    end, asked, least = time.process_time() + SECONDS, 0, len(operations) // 4

    def ask(case: Any) -> None:
        nonlocal asked
        asker.show(case)
        served.judge(case, case.call(), asker)
        asked += 1

    def ask_well(case: Any) -> None:
        reach(case, served.known)
        ask(case)

    for number in range(2):
        for operation in operations[first:] + operations[:first]:
            for mode, way in both_ways(ask_well, ask):
                if asked >= least and time.process_time() > end:
                    break
                example = ONCE(given(case=operation.as_strategy(generation_mode=mode))(way))
                with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
                    seed(number)(example)()
    assert asked >= least


def both_ways(well: Callable[[Any], None], badly: Callable[[Any], None]) -> Iterator[tuple[Any, Any]]:
    yield GenerationMode.POSITIVE, well
    yield GenerationMode.NEGATIVE, badly


def reach(case: Any, known: dict[str, str]) -> None:
    """Let a well-formed request mean something that there is."""
    kind = "tickets" if "/tickets/" in case.path else "complaints"
    for name, value in (("id", known[kind]), ("team", "complaints"), ("form", "complaint")):
        if name in case.path_parameters:
            case.path_parameters[name] = value
    settle(case)


def settle(case: Any) -> None:
    """Let a request wait for nothing, and be about the version that is there, whichever it is."""
    if "after" in case.query:
        case.query["after"] = "00:1"
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"


@pytest.mark.parametrize(("role", "where"), WALKERS)
def test_a_walk_from_what_was_answered_to_what_follows_stays_within_the_description(
    served: Served, role: Role | None, where: str
):
    """What was made is changed and read by the id that was answered, again and again."""
    asker, asked = served.asker(role), 0
    follow_cases(served.schema.raw_schema)
    near = served.schema.include(path_regex=rf"^/v1/{where}($|/\{{id\}})")
    machine: Any = near.exclude(path=f"/v1/{where}", method="GET").as_state_machine()

    class Walk(machine):
        def before_call(self, case: Any) -> None:
            asker.show(case)
            settle(case)
            if case.operation.label in BEGINS:
                case.body = BEGINS[case.operation.label]

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            nonlocal asked
            asked += 1
            served.judge(case, response, asker)
            if response.status_code in {200, 201} and case.method != "GET":
                served.world.settle()

    run_state_machine_as_test(Walk, settings=WALKS)
    assert asked >= WALKS.max_examples * WALKS.stateful_step_count // 2


def follow_cases(raw: dict[str, Any]) -> None:
    """Say in the description that whatever is asked of a case can be asked of one that was just sent."""
    for begins in BEGINS:
        start = begins.removeprefix("POST ")
        links = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {"id": "$response.body#/id"},
            }
            for path, operations in raw["paths"].items()
            if path.startswith(f"{start}/{{id}}")
            for operation in operations.values()
        }
        raw["paths"][start]["post"]["responses"]["201"]["links"] = links
