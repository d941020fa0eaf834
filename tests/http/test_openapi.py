"""The description of the API is complete, and true whoever asks."""

from __future__ import annotations

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from domain.commands import COMMANDS, TICKET_COMMANDS
from tests.http.world import World

FILES, FILE = "/attachments", "/attachments/{file}/content"
"""Where files are sent, and where they come out: there is no JSON of them."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """A desk with a case, which is asked everything that can be asked."""
    world = World(tmp_path_factory.mktemp("openapi"))
    world.received()
    world.plaint.streams.each = 0  # nobody waits for the end of what has none
    yield world
    world.close()


def operations(world: World) -> dict[tuple[str, str], Any]:
    paths = world.client.get("/openapi.json").json()["paths"]
    return {
        (path, method): operation for path, methods in paths.items() for method, operation in methods.items()
    }


def test_every_command_has_a_route_with_a_body_and_an_example(served: World):
    described = operations(served)

    offered = [("complaints", each) for each in COMMANDS] + [("tickets", each) for each in TICKET_COMMANDS]
    for kind, command in offered:
        operation = described[f"/v1/{kind}/{{id}}/{command.NAME}", "post"]
        content = operation["requestBody"]["content"]["application/json"]
        assert content["schema"] == {"$ref": f"#/components/schemas/{command.__name__}"}
        command.model_validate(content["example"])
        match = next(each for each in operation["parameters"] if each["name"] == "If-Match")
        assert match["required"]


def test_every_error_is_described_as_a_problem_document(served: World):
    shared = served.client.get("/openapi.json").json()["components"]["responses"]
    for (path, method), operation in operations(served).items():
        failed = {status: each for status, each in operation["responses"].items() if int(status) >= 400}
        assert failed == {status: {"$ref": f"#/components/responses/{status}"} for status in failed}
        if path.startswith("/v1/"):
            assert {"400", "429", "431", "500", "503"} <= failed.keys(), (path, method)
    for status, answer in shared.items():
        content = answer["content"]["application/problem+json"]
        assert content["example"]["status"] == int(status)
        assert set(answer["content"]) == {"application/problem+json"}


def test_every_operation_says_what_it_does_and_shows_what_is_asked_and_answered(served: World):
    for (path, method), operation in operations(served).items():
        assert operation["summary"], (path, method)
        assert operation["description"].endswith("."), (path, method)
        for status, answer in operation["responses"].items():
            if int(status) < 400 and path not in {"/metrics", "/v1/stream"} and not path.endswith(FILE):
                assert answer["description"], (path, method)
                assert answer["content"]["application/json"]["example"], (path, method)
        if "requestBody" in operation and (path.endswith(FILES), method) != (True, "post"):
            assert operation["requestBody"]["content"]["application/json"]["example"] is not None


def test_every_example_is_what_its_schema_says(served: World):
    described = served.client.get("/openapi.json").json()
    schemas = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    for operation in operations(served).values():
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in part.get("content", {}).values():
                name = content.get("schema", {}).get("$ref")
                if name in schemas:
                    whole = {"$ref": name, "components": described["components"]}
                    jsonschema_rs.validate(whole, content["example"])


def test_the_page_of_the_description_names_every_operation_and_nothing_from_elsewhere(served: World):
    page = served.client.get("/docs")
    for (path, _), operation in operations(served).items():
        assert f'id="{operation["operationId"]}"' in page.text
        assert f"<code>{path}</code>" in page.text
    assert not re.search(r"<strong>([^<]+)</strong></p>\s*<p>\1\.</p>", page.text)  # told once
    linked = set(re.findall(r'(?:href|src)="([^"#]+)', page.text))

    assert linked == {"/docs", "/docs/plaint.css", "/openapi.json"}
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert served.client.get("/docs/plaint.css").headers["content-type"] == "text/css; charset=utf-8"
    anchors = set(re.findall(r'href="#([^"]+)"', page.text))
    assert anchors <= set(re.findall(r'id="([^"]+)"', page.text))


def test_what_needs_a_token_says_so(served: World):
    open_to_all = {
        path for (path, _), operation in operations(served).items() if {} in operation.get("security", [{}])
    }

    forms = {"/v1/forms", "/v1/forms/{form}", "/v1/forms/{form}/check"}
    assert open_to_all == {"/v1/complaints", "/v1/tickets", "/livez", "/readyz"} | forms
    assert operations(served)["/v1/complaints", "get"]["security"] == [{"token": []}]


def test_the_description_is_openapi_3_1_and_names_no_other_host(served: World, tmp_path: Path):
    answer = served.client.get("/openapi.json")

    assert answer.json()["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in answer.text
    assert "http://" not in answer.text
