"""The description of the API is complete, and true whoever asks."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

from domain.access import Role
from domain.commands import COMMANDS
from tests.http.world import World

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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """A desk with a case, which is asked everything that can be asked."""
    world = World(tmp_path_factory.mktemp("openapi"))
    world.received()
    world.plaint.streams.each = 0  # nobody waits for the end of what has none
    yield world
    world.close()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("role", [None, *Role])
def test_no_answer_is_undocumented_or_a_failure(
    served: World, role: Role | None, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
):
    """Well-formed requests reach the one case at any version; malformed ones are left as they are."""
    monkeypatch.setattr("adapters.http.cases.PATIENCE", 0)
    asker = {} if role is None else served.token(role)
    id = the_case(served)
    schema: Any = schemathesis.openapi.from_asgi("/openapi.json", served.app)

    for operation in (found.ok() for found in schema.get_all_operations()):

        @settings(max_examples=3, phases=[Phase.generate], suppress_health_check=PATIENT)
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            if mode is GenerationMode.POSITIVE:
                for name, value in (("id", id), ("team", "complaints")):
                    if name in case.path_parameters:
                        case.path_parameters[name] = value
                if "after" in case.query:
                    case.query["after"] = "00:1"
                if "If-Match" in case.headers:
                    case.headers["If-Match"] = "*"
            case.call_and_validate(headers=asker, checks=TRUE)

        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            ask()  # what takes nothing cannot be asked wrongly


def the_case(world: World) -> str:
    """Return the id of the one case that was there first."""
    event = next(e for _, e in world.plaint.store.everything() if e.TOPIC == "complaint.received")
    return str(event.originator_id)


def operations(world: World) -> dict[tuple[str, str], Any]:
    paths = world.client.get("/openapi.json").json()["paths"]
    return {
        (path, method): operation for path, methods in paths.items() for method, operation in methods.items()
    }


def test_every_command_has_a_route_with_a_body_and_an_example(served: World):
    described = operations(served)

    for command in COMMANDS:
        operation = described[f"/v1/complaints/{{id}}/{command.NAME}", "post"]
        content = operation["requestBody"]["content"]["application/json"]
        assert content["schema"] == {"$ref": f"#/components/schemas/{command.__name__}"}
        command.model_validate(content["example"])
        match = next(each for each in operation["parameters"] if each["name"] == "If-Match")
        assert match["required"]


def test_every_error_is_described_as_a_problem_document(served: World):
    for (path, _), operation in operations(served).items():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_what_needs_a_token_says_so(served: World):
    open_to_all = {
        path for (path, _), operation in operations(served).items() if {} in operation.get("security", [{}])
    }

    assert open_to_all == {"/v1/complaints", "/v1/forms", "/v1/forms/{form}", "/livez", "/readyz"}
    assert operations(served)["/v1/complaints", "get"]["security"] == [{"token": []}]


def test_the_description_is_openapi_3_1_and_names_no_other_host(served: World, tmp_path: Path):
    answer = served.client.get("/openapi.json")

    assert answer.json()["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in answer.text
    assert "http://" not in answer.text
