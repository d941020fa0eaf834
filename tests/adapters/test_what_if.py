"""A what-if over a store: the known cases, and only those, change; the log does not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.bootstrap import Plaint
from adapters.cli.main import app
from adapters.policies import shipped_policies
from adapters.settings import Settings
from adapters.what_if import replay
from domain import commands as c
from domain.ids import reference
from domain.policies import parse
from domain.testing import a_submission, paris
from domain.what_if import Proposal
from domain.what_if_tally import WhatIf

MONDAY = paris("2026-06-01T10:00")
LATER = datetime(2026, 9, 1, tzinfo=UTC)
HOUSE = shipped_policies()["house.toml"]
SHORTER = HOUSE.replace("limit = 2", "limit = 1", 1).replace('"2026-01"', '"2026-09"', 1)
ACKNOWLEDGED = {"first": 30, "second": 53, "third": 75, "late": 100}
"""Hours after the receipt: within one, two and three business days, and after all of them."""


class Desk:
    """A desk in a folder, and the time that it is."""

    def __init__(self, folder: Path, fresh: Path) -> None:
        shutil.copytree(fresh, folder, dirs_exist_ok=True)
        self.now = MONDAY
        self.plaint = Plaint.open(Settings(data=folder), now=lambda: self.now)
        self.cases: dict[str, str] = {}

    def case(self, name: str, received: datetime, hours: float, team: str | None = None) -> None:
        """Receive a case, acknowledge it after so many hours, and decide it at once."""
        self.now = received
        id = self.plaint.desk.receive(a_submission(country="US"), "complainant").id
        if team is not None:
            self.plaint.desk.command(id, c.Assign(team=team), "supervisor")
        self.now = received + timedelta(hours=hours)
        self.plaint.desk.command(id, c.Acknowledge(), "handler")
        self.plaint.desk.command(id, c.Resolve(outcome="upheld", reasons="as asked"), "handler")
        self.cases[name] = reference(id, "C")

    def what_if(self, text: str, first: str = "2026-06-01", last: str = "2026-06-30") -> WhatIf:
        proposal = Proposal(parse(text, "proposal.toml"), self.plaint.desk.rules)
        days = date.fromisoformat(first), date.fromisoformat(last)
        return replay(self.plaint.store, proposal, *days, as_of=LATER)


@pytest.fixture
def desk(fresh: Path, tmp_path: Path) -> Generator[Desk]:
    """Four cases of June, one of them of another team, and one of July."""
    made = Desk(tmp_path, fresh)
    for name, hours in ACKNOWLEDGED.items():
        made.case(name, MONDAY, hours, "payments" if name == "second" else None)
    made.case("july", paris("2026-07-06T10:00"), 75)
    made.now = LATER
    yield made
    made.plaint.close()


def listed(found: WhatIf) -> tuple[list[str], list[str]]:
    return [each.reference for each in found.gained.items], [each.reference for each in found.lost.items]


def test_the_policy_in_force_changes_nothing(desk: Desk):
    found = desk.what_if(HOUSE)

    assert (found.cases, found.judged, found.unjudged) == (4, 4, 0)
    assert (found.breaches.before, found.breaches.after) == (2, 2)
    assert listed(found) == ([], [])


def test_one_business_day_less_gains_exactly_the_cases_of_the_second_day(desk: Desk):
    found = desk.what_if(SHORTER)

    assert listed(found) == ([desk.cases["second"]], [])
    assert (found.breaches.before, found.breaches.after, found.breaches.gained) == (2, 3, 1)
    assert [(each.milestone, each.gained) for each in found.by_milestone] == [("acknowledgement", 1)]
    assert [(each.team, each.before, each.gained) for each in found.by_team] == [
        ("complaints", 2, 0),
        ("payments", 0, 1),
    ]
    assert [(each.month, each.gained) for each in found.by_month] == [("2026-06", 1)]


def test_one_business_day_more_loses_exactly_the_cases_of_the_third_day(desk: Desk):
    found = desk.what_if(HOUSE.replace("limit = 2", "limit = 3", 1), last="2026-07-31")

    assert listed(found) == ([], [desk.cases["third"], desk.cases["july"]])
    assert [(each.month, each.lost) for each in found.by_month] == [("2026-06", 1), ("2026-07", 1)]


def test_both_days_of_the_period_belong_to_it(desk: Desk):
    assert desk.what_if(HOUSE, "2026-06-01", "2026-06-01").cases == 4
    assert desk.what_if(HOUSE, "2026-06-02", "2026-07-05").cases == 0
    assert desk.what_if(HOUSE, "2026-06-02", "2026-07-06").cases == 1


def test_nothing_is_written_and_progress_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.what_if.AT_ONCE", 4)
    last, told = desk.plaint.store.count(), list[int]()
    proposal = Proposal(parse(SHORTER, "proposal.toml"), desk.plaint.desk.rules)

    days = date(2026, 1, 1), date(2026, 12, 31)
    found = replay(desk.plaint.store, proposal, *days, as_of=LATER, tell=told.append)

    assert desk.plaint.store.count() == last
    assert (found.cases, told[-1]) == (5, last)
    assert told == sorted(told)
    assert len(told) > 2


def test_a_case_that_cannot_be_counted_is_said_so(desk: Desk):
    found = desk.what_if(HOUSE.replace("limit = 7", "limit = 3660", 1))

    assert (found.cases, found.unjudged) == (4, 4)
    assert found.unjudged_because
    assert "calendar" in found.unjudged_because.lower()


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"PLAINT_DATA": str(folder)})


PERIOD = ("--from", "2026-06-01", "--to", "2026-06-30", "--as-of", "2026-09-01T00:00:00Z", "--json")


def test_the_verb_takes_a_file(desk: Desk, tmp_path: Path):
    (tmp_path / "new.toml").write_text(SHORTER, "utf-8")

    done = run(tmp_path, "policy", "what-if", str(tmp_path / "new.toml"), *PERIOD)

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == desk.what_if(SHORTER).model_dump(mode="json")


def test_the_verb_takes_a_regime_and_a_calendar(desk: Desk, tmp_path: Path):
    written = {"zone": "Europe/Paris", "weekend": ["sat", "sun"], "holidays": ["2026-06-02", "2026-06-03"]}
    (tmp_path / "days.json").write_text(json.dumps(written), "utf-8")

    own = run(tmp_path, "policy", "what-if", "house", "--calendar", str(tmp_path / "days.json"), *PERIOD)
    code = run(tmp_path, "policy", "what-if", "house", "--calendar", "none", *PERIOD)

    assert own.exit_code == code.exit_code == 0, own.output + code.output
    lost = [each["reference"] for each in json.loads(own.stdout)["lost"]["items"]]
    assert lost == [desk.cases["third"], desk.cases["late"]]
    assert json.loads(code.stdout)["breaches"]["lost"] == 0


def test_the_verb_prints_lines(desk: Desk, tmp_path: Path):
    done = run(tmp_path, "policy", "what-if", "house@2026-01", *PERIOD[:-1])

    assert done.exit_code == 0, done.output
    assert "4 cases received from 2026-06-01 to 2026-06-30, judged as of 2026-09-01T00:00:00Z" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("house", "--from", "2026-06-30", "--to", "2026-06-01"), 2, "give the first day first"),
        (("house", "--from", "June", "--to", "2026-06-01"), 2, "A date is written like 2026-06-01."),
        (("house", *PERIOD[:4], "--as-of", "soon"), 2, "An instant is written like"),
        (("nowhere", *PERIOD), 1, "That regime is not loaded"),
        (("nowhere.toml", *PERIOD), 1, "nowhere.toml cannot be read"),
        (("house", *PERIOD, "--calendar", "XX"), 1, "XX"),
        (("house", *PERIOD, "--calendar", "nowhere.json"), 1, "nowhere.json cannot be read"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, words: tuple[str, ...], code: int, said: str):
    refused = run(tmp_path, "policy", "what-if", *words)

    assert (refused.exit_code, refused.stdout) == (code, "")
    assert said in refused.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "is no JSON document"), ('{"zone": 1}', "calendar"), ('{"zone": "Mars"}', "zone")],
)
def test_a_calendar_that_is_none_is_refused(tmp_path: Path, content: str, said: str):
    (tmp_path / "days.json").write_text(content, "utf-8")

    refused = run(tmp_path, "policy", "what-if", "house", "--calendar", str(tmp_path / "days.json"), *PERIOD)

    assert refused.exit_code == 1
    assert said in refused.stderr


def test_a_case_explains_its_clocks(desk: Desk, tmp_path: Path):
    whole = run(tmp_path, "explain", desk.cases["second"], "--json")
    one = run(tmp_path, "explain", desk.cases["second"], "acknowledgement", "--lang", "fr")
    then = run(
        tmp_path, "explain", desk.cases["second"], "decision", "--as-of", "2026-06-01T12:00:00", "--json"
    )

    clocks = json.loads(whole.stdout)["clocks"]
    assert [(each["milestone"], each["status"], each["agrees"]) for each in clocks] == [
        ("acknowledgement", "met", True),
        ("decision", "met", True),
    ]
    assert one.stdout.startswith("Accusé de réception, engagement de la maison house@2026-01")
    assert "l’engagement est tenu" in one.stdout
    assert [each["status"] for each in json.loads(then.stdout)["clocks"]] == ["running"]


def test_an_explanation_that_cannot_be_given(desk: Desk, tmp_path: Path):
    before = run(tmp_path, "explain", desk.cases["july"], "--as-of", "2026-01-01T00:00:00Z")
    unknown = run(tmp_path, "explain", desk.cases["july"], "redress")

    assert (before.exit_code, unknown.exit_code) == (1, 1)
    assert "Nothing of that case had happened by then." in before.stderr
    assert "its clocks are: acknowledgement, decision." in unknown.stderr


def test_the_limits_are_printed_as_a_page(tmp_path: Path):
    page = run(
        tmp_path, "policy", "limits", "house", "--lang", "fr", "--format", "html", "--on", "2026-11-22"
    )
    facts = run(tmp_path, "policy", "limits", "house", "--on", "2026-11-22", "--json")
    unknown = run(tmp_path, "policy", "limits", "nowhere")

    assert page.stdout.startswith('<!doctype html>\n<html lang="fr">')
    assert [each["limit"] for each in json.loads(facts.stdout)["own"]][:2] == [
        "within 2 business days",
        "within 7 business days",
    ]
    assert unknown.exit_code == 1
