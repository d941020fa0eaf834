"""``plaint rebuild``: what it prints, how it ends, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from adapters.bootstrap import Plaint
from adapters.cli.main import app
from adapters.settings import Settings
from adapters.views import tables
from adapters.views.tables import QUEUE_VIEW
from tests.adapters.schedulers import RECEIVED, opened, receive

CASES = 3


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with some cases, which the command line finds."""
    monkeypatch.setenv("PLAINT_DATA", str(tmp_path))
    desk = opened("sqlite", tmp_path, RECEIVED)
    receive(desk, CASES)
    desk.views.catch_up()
    desk.close()
    return tmp_path


def spoil(data: Path) -> None:
    plaint = Plaint(Settings(data=data))
    with plaint.views_database.write() as connection:
        connection.execute(update(tables.queue).where(QUEUE_VIEW.live).values(category="tampered"))
    plaint.close()


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["rebuild", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_every_read_model_is_told_with_its_figures():
    code, out, _ = run("--json")

    told = json.loads(out)
    assert code == 0
    assert {name: (facts["rows"], facts["differences"]) for name, facts in told.items()} == {
        "queue": (CASES, 0),
        "case_files": (CASES, 0),
        "clocks": (2 * CASES, 0),
        "timers": (0, 0),
        "tokens": (0, 0),
        "users": (0, 0),
        "teams": (1, 0),
        "legal_entities": (1, 0),
        "files": (0, 0),
        "issues": (0, 0),
        "issue_cases": (0, 0),
        "turns": (0, 0),
        "children": (0, 0),
        "search": (CASES, None),
    }
    assert {frozenset(facts) for facts in told.values()} == {
        frozenset({"rows", "events", "seconds", "differences"})
    }
    assert len({facts["events"] for facts in told.values()}) == 1


def test_a_difference_ends_with_3_and_names_the_ways_on(data: Path):
    spoil(data)

    code, out, err = run("queue", "--json")

    assert code == 3
    assert json.loads(out)["queue"]["differences"] == CASES
    assert "plaint replay" in err
    assert "plaint rebuild --back queue" in err
    assert run("--back", "queue")[0] == 0
    assert run("queue", "--json")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["unheard-of"],
            "There is no read model unheard-of; choose of: case_files, children, clocks, files, issue_cases,",
        ),
        (["--back"], "Name the read models to go back with"),
        (["--back", "search"], "The search index keeps nothing to go back to"),
        (["--back", "--retry", "queue"], "Give --back or --retry, not both."),
    ],
)
def test_wrong_usage_is_told(arguments: list[str], sentence: str):
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert sentence in err


def test_no_way_back_is_told():
    code, out, err = run("--back", "queue")

    assert (code, out) == (1, "")
    assert "There is no other generation of queue to go back to" in err


def test_a_retry_says_that_nothing_is_stopped():
    assert run("--retry") == (0, "No read model is stopped.\n", "")
