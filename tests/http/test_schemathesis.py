"""The description of the API is true: whoever asks, and whatever is asked, the answer is one that it names.

Requests are made from the description, well-formed and malformed, with seeds that are always
the same.  What was answered is asked about in turn: cases sent on the way are read, commanded
and read again.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from domain.access import Role
from tests.http.world import World, a_ticket

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
ONCE = settings(max_examples=1, phases=[Phase.generate], suppress_health_check=PATIENT)
SECONDS = 6.0
"""Of work for each asker, however busy the machine is; where that is not enough for all operations, the
seed says which come first."""
ASKERS = (None, Role.HANDLER, Role.SUPERVISOR, Role.ADMIN)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """A desk with cases of both kinds, which is asked everything that can be asked."""
    world = World(tmp_path_factory.mktemp("schemathesis"))
    world.plaint.streams.each = 0  # nobody waits for the end of what has none
    yield world
    world.close()


@pytest.mark.parametrize("role", ASKERS)
def test_no_answer_is_undocumented_or_a_failure(
    served: World, role: Role | None, monkeypatch: pytest.MonkeyPatch
):
    """Well-formed requests reach a case that is there, at any version; malformed ones are left as they are."""
    monkeypatch.setattr("adapters.http.cases.PATIENCE", 0)
    asker = {} if role is None else served.token(role, "complaints", "support")
    known = {"complaints": served.received(), "tickets": a_ticket(served)}
    schema: Any = schemathesis.openapi.from_asgi("/openapi.json", served.app)
    operations = [found.ok() for found in schema.get_all_operations()]
    end, asked = time.process_time() + SECONDS, 0

    def ask(case: Any) -> None:
        nonlocal asked
        answer = case.call(headers=asker)
        case.validate_response(answer, checks=TRUE)
        asked += 1
        if answer.status_code == 201 and case.path == "/v1/complaints":
            served.settle()
            known["complaints"] = answer.json()["id"]

    def ask_well(case: Any) -> None:
        reach(case, known)
        ask(case)

    for number in range(2):
        for mode, way in ((GenerationMode.POSITIVE, ask_well), (GenerationMode.NEGATIVE, ask)):
            for operation in operations:
                if time.process_time() > end:
                    break
                example = ONCE(given(case=operation.as_strategy(generation_mode=mode))(way))
                with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
                    seed(number)(example)()
    assert asked >= len(operations) // 4


def reach(case: Any, known: dict[str, str]) -> None:
    """Let a well-formed request mean something that there is."""
    kind = "tickets" if "/tickets/" in case.path else "complaints"
    for name, value in (("id", known[kind]), ("team", "complaints"), ("form", "complaint")):
        if name in case.path_parameters:
            case.path_parameters[name] = value
    if "after" in case.query:
        case.query["after"] = "00:1"
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
