"""Log lines: facts and ids, as JSON or for a person to read, and never what somebody typed."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import structlog

from adapters import logs


@pytest.fixture(autouse=True)
def as_before() -> Any:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured = structlog.get_config()
    yield
    structlog.configure(**configured)
    root.handlers[:] = handlers
    root.setLevel(level)


def fail_with(typed: str) -> None:
    try:
        {}[len(typed)]
    except KeyError:
        structlog.get_logger().exception("failed", case_id="1")


def test_every_line_of_ours_and_of_libraries_is_one_json_object(capsys: pytest.CaptureFixture[str]):
    logs.configure("json")

    structlog.get_logger().info("recorded", version=3)
    logging.getLogger("uvicorn").warning("listening on %s", "8000")
    structlog.get_logger().debug("left out")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [set(line) for line in lines] == [
        {"event", "version", "level", "timestamp"},
        {"event", "level", "timestamp"},
    ]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("recorded", "info"),
        ("listening on 8000", "warning"),
    ]


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_failure_shows_where_and_not_what_somebody_typed(style: str, capsys: pytest.CaptureFixture[str]):
    logs.configure(style)

    fail_with("the seed phrase of somebody")

    said = capsys.readouterr().err
    assert "fail_with" in said
    assert "KeyError: 27" in said
    assert "somebody" not in said


def test_a_server_makes_a_logger_once(capsys: pytest.CaptureFixture[str]):
    server, tool = structlog.get_logger(), structlog.get_logger()

    logs.configure("json")
    assert tool.bind() is not tool.bind()
    logs.configure("json", for_good=True)
    assert server.bind() is server.bind()

    server.info("recorded", version=3)
    server.bind(case_id="1").info("recorded")
    server.debug("left out")
    with structlog.contextvars.bound_contextvars(correlation_id="2"):
        server.info("answered")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    said = [{name: line[name] for name in line if name not in ("level", "timestamp")} for line in lines]
    assert said == [
        {"event": "recorded", "version": 3},
        {"event": "recorded", "case_id": "1"},
        {"event": "answered", "correlation_id": "2"},
    ]


def test_to_a_file_lines_are_json_by_themselves(capsys: pytest.CaptureFixture[str]):
    logs.configure("auto")

    structlog.get_logger().info("recorded")

    assert json.loads(capsys.readouterr().err)["event"] == "recorded"
