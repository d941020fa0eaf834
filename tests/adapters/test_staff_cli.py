"""``plaint user``, ``plaint team`` and ``plaint token``: told in one sentence or as JSON, wrong usage with a remedy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.bootstrap import Plaint
from adapters.cli.main import app
from adapters.settings import Settings
from domain import commands as c
from domain.testing import a_submission


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store, to be copied: making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("fresh")
    Plaint.open(Settings(data=folder)).close()
    return folder


@pytest.fixture(autouse=True)
def data(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAINT_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def plaint(data: Path) -> Generator[Plaint]:
    opened = Plaint.open(Settings(data=data))
    yield opened
    opened.close()


def run(line: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, line.split(" "))
    return result.exit_code, result.stdout.strip(), result.stderr.strip()


def told(line: str) -> Any:
    code, out, err = run(f"{line} --json")
    assert (code, err) == (0, ""), err
    return json.loads(out)


def test_a_user_is_added_changed_listed_leaves_and_returns(plaint: Plaint):
    assert told("user add anna --name Anna --role handler --team complaints --email anna@example.org") == {
        "login": "anna",
        "added": True,
    }
    assert told("user add ben --name Ben --role handler --team complaints")["added"]
    assert told("user change anna --clearance restricted")["changed"]
    id = plaint.desk.receive(a_submission(), "complainant").id
    plaint.desk.command(id, c.Assign(assignee="user:anna"), "handler")

    assert told("user leave anna --successor ben") == {"login": "anna", "left": True, "handed_over": 1}

    plaint.views.catch_up()
    row = plaint.queries.case(id)
    assert row is not None
    assert row.assignee == "user:ben"
    seen = [
        {name: each[name] for name in ("login", "name", "email", "clearance", "status", "handing_over")}
        for each in told("user list")
    ]
    same: dict[str, Any] = {"handing_over": None}
    assert seen == [
        same
        | {"login": "anna", "name": "Anna", "email": "anna@example.org"}
        | {"clearance": "restricted", "status": "left"},
        same | {"login": "ben", "name": "Ben", "email": None, "clearance": "normal", "status": "active"},
    ]
    assert "left" in run("user list")[1]
    assert told("user return anna")["returned"]


def test_what_is_known_of_a_user_or_a_team_is_taken_away():
    told("user add anna --name Anna --role handler --team complaints --skill fees --capacity 3")
    told("team add second-line --title Second")
    told("team change complaints --escalates 1=second-line --escalates 3=second-line")
    ladder = [{"level": 1, "team": "second-line"}, {"level": 3, "team": "second-line"}]
    assert told("team list")[0]["escalates_to"] == ladder

    told("user change anna --no-capacity --no-skill --no-team")
    told("team change complaints --no-escalates")
    told("team change second-line --no-title")

    (anna,) = told("user list")
    assert (anna["capacity"], anna["skills"], anna["teams"], anna["name"]) == (None, [], [], "Anna")
    assert [(each["title"], each["escalates_to"]) for each in told("team list")] == [(None, None)] * 2
    code, _, err = run("user change anna --capacity 2 --no-capacity")
    assert (code, "capacity: either give a value or take it away" in err) == (2, True)
    code, _, err = run("team change complaints --escalates second-line")
    assert (code, "Wrong value for escalates_to" in err) == (2, True)


def test_a_team_is_added_listed_and_closed():
    assert told("team add payments --title Payments --entity main") == {"name": "payments", "added": True}
    assert [(each["name"], each["title"], each["open"]) for each in told("team list")] == [
        ("complaints", None, True),
        ("payments", "Payments", True),
    ]

    assert told("team close payments")["closed"]

    assert run("team list")[1].splitlines()[1].endswith("closed")


def test_a_token_of_a_user_is_listed_with_its_last_use(plaint: Plaint):
    told("user add anna --name Anna --role supervisor")
    made = told("token create --role supervisor --user anna --entity main --clearance restricted")
    plaint.views.catch_up()
    assert plaint.admission.principal(made["token"])
    plaint.uses.write()

    (listed,) = told("token list")
    assert (listed["user"], listed["legal_entities"], listed["clearance"]) == ("anna", ["main"], "restricted")
    assert listed["used_at"]
    assert "used 20" in run("token list")[1]


def test_a_token_makes_the_team_that_it_names_and_says_so():
    code, _, err = run("token create --role handler --team payments")

    assert (code, "Team payments is new" in err) == (0, True)
    assert [each["name"] for each in told("team list")] == ["complaints", "payments"]


@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("user add Anna --name Anna --role handler", 2, "Wrong value for login"),
        ("user add anna --name Anna --role handler --team nowhere", 1, "There is no such team"),
        ("user change nobody --role handler", 1, "There is no user of that login"),
        ("user leave nobody", 1, "There is no user of that login"),
        ("user leave nobody --reason quarrel", 2, "Wrong value for reason"),
        ("team close nowhere", 1, "There is no team of that name"),
        ("team close complaints", 1, "it cannot be closed"),
        ("team add complaints", 1, "has that name already"),
        ("token create --role handler --user nobody", 1, "No such user is on the staff"),
        ("token create --role handler --entity nowhere", 1, "There is no such legal entity"),
    ],
)
def test_what_cannot_be_is_told_with_a_remedy(line: str, code: int, sentence: str):
    got, out, err = run(line)

    assert (got, out) == (code, "")
    assert sentence in err


@pytest.mark.parametrize(
    "verb",
    [
        *(f"user {each}" for each in ("add", "list", "change", "leave", "return")),
        *(f"team {each}" for each in ("add", "change", "list", "close")),
        *(f"token {each}" for each in ("create", "list", "revoke")),
    ],
)
def test_every_verb_has_help_with_an_example(verb: str):
    code, out, _ = run(f"{verb} --help")

    assert code == 0
    assert f"plaint {verb}" in " ".join(out.split())
