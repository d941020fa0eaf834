"""Policies enter the store: those that ship, those of the firm, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import pytest
from typer.testing import CliRunner

from adapters import bootstrap
from adapters.bootstrap import Plaint
from adapters.cli.main import app
from adapters.policies import FOLDER, every_policy, load
from adapters.settings import Settings
from domain.complaint import Complaint
from domain.configuration import Rules
from domain.policies import PolicyError
from domain.testing import a_submission

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)

OWN = """\
regime = "mica"
version = "firm-1"
effective_from = 2026-02-01
legal = true
calendar = "FR"
zone = "Europe/Paris"

[applies]
country = ["FR"]

[[terms]]
milestone = "acknowledgement"
limit = 3
unit = "business_day"
start = "received"
stop = ["acknowledged"]
"""
PROBE = OWN.replace('"mica"', '"probe"')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def plaint(settings: Settings) -> Generator[Plaint]:
    plaint = Plaint.open(settings, now=lambda: NOON)
    yield plaint
    plaint.close()


def rules_of(plaint: Plaint) -> Rules:
    rules = plaint.store.load(Rules, Rules.ID)
    assert rules is not None
    return rules


def opened(settings: Settings) -> Plaint:
    return Plaint.open(settings, now=lambda: NOON)


def test_a_new_store_knows_all_that_ships(plaint: Plaint):
    """The versions before the latest too, and a calendar for each."""
    rules = rules_of(plaint)

    assert len(rules.texts) == len(every_policy())
    assert {regime.calendar for regime in rules.rulebook().regimes} <= rules.current.keys()


def test_the_firms_own_files_are_loaded_at_the_first_start(settings: Settings):
    """A file may fill in the limit of a duty, as a version of its own; the case is bound by that."""
    (settings.data / FOLDER).mkdir(parents=True)
    (settings.data / FOLDER / "mica-own.toml").write_text(OWN)
    plaint = opened(settings)
    try:
        answer = plaint.desk.receive(a_submission(country="FR"), "complainant")
        plaint.views.catch_up()
        row = plaint.queries.case(answer.id)
        assert plaint.desk.rules.regime("mica").reference == "mica@firm-1"
        assert row is not None
        assert "mica" in row.regimes
    finally:
        plaint.close()


def test_a_file_added_later_is_loaded_by_migrate(plaint: Plaint, settings: Settings):
    """Twice is no news."""
    (settings.data / FOLDER).mkdir()
    (settings.data / FOLDER / "probe.toml").write_text(PROBE)
    plaint.migrate()
    last = plaint.store.count()
    plaint.migrate()

    assert ("probe", "firm-1") in rules_of(plaint).texts
    assert plaint.store.count() == last


def test_what_is_loaded_stays_when_the_shipped_text_differs(plaint: Plaint, monkeypatch: pytest.MonkeyPatch):
    """Clocks are pinned to the text that is loaded."""
    changed = {name: text + "\n# changed\n" for name, text in every_policy().items()}
    monkeypatch.setattr("adapters.policies.every_policy", lambda: changed)
    before = rules_of(plaint).texts
    plaint.migrate()

    assert rules_of(plaint).texts == before


def test_loading_a_later_version_moves_no_running_clock(plaint: Plaint, settings: Settings):
    """They keep the version that bound them; the next case has the new one."""
    submission = a_submission(country="FR")
    first = plaint.desk.receive(submission, "complainant")
    due = _house_due(plaint, first.id)
    rules = rules_of(plaint)
    house = every_policy()["house.toml"].replace('"2026-01"', '"2026-06"').replace("limit = 2", "limit = 1")
    load(rules, "house.toml", house.replace("2026-01-01", "2026-06-01"), plaint.desk.context("test"))
    plaint.store.append(rules)

    later = opened(settings)
    try:
        second = later.desk.receive(submission, "complainant")
        assert _house_due(later, first.id) == due
        assert _house_due(later, second.id) < due
    finally:
        later.close()


def _house_due(plaint: Plaint, case: UUID) -> datetime:
    complaint = plaint.store.load(Complaint, case)
    assert complaint is not None
    return next(
        clock.due_before
        for clock in complaint.clocks.values()
        if (clock.regime, clock.milestone) == ("house", "acknowledgement")
    )


def test_an_existing_store_opens_at_once(plaint: Plaint, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Nothing is read or resolved again, which takes a second, and nothing recorded."""

    def again(*_: object) -> NoReturn:
        pytest.fail("the policies are loaded again")

    monkeypatch.setattr(bootstrap, "load_every_policy", again)
    recorded = plaint.store.count()
    opened(settings).close()

    assert plaint.store.count() == recorded


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('version = "firm-1"', 'version = "2025-294"', "own.toml, line 2: mica@2025-294 is loaded with another text; give this one a new version and the day from which it holds."),
        ("2026-02-01", "2025-03-05", "own.toml, line 3: mica@2025-294 and mica@firm-1 take effect on the same day; change effective_from of one of them."),
        ('calendar = "FR"', 'calendar = "ZZ"', 'own.toml, line 5: calendar: "ZZ" is no known country; use an ISO 3166 code such as "FR" or "GB-ENG", or "none".'),
        ("limit = 3", "limit = 3000", "own.toml, line 13: acknowledgement falls due beyond calendar FR, which ends on 2031-12-31; shorten the limit, or use calendar_day, week, month or year."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused(plaint: Plaint, old: str, new: str, complaint: str):
    """With the file, the line and the remedy."""
    assert old in OWN
    with pytest.raises(PolicyError) as refused:
        load(rules_of(plaint), "own.toml", OWN.replace(old, new), plaint.desk.context("test"))

    assert str(refused.value) == complaint


class Shell:
    """The command line in a directory of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.runner = folder, CliRunner()

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        result = self.runner.invoke(app, ["policy", *arguments])
        return result.exit_code, result.stdout, result.stderr

    def file(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text)
        return name


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAINT_DATA", str(tmp_path / "data"))
    return Shell(tmp_path)


def test_a_policy_is_loaded_listed_shown_and_tried(shell: Shell):
    """And loaded again, which is no news."""
    own = shell.file("own.toml", OWN)
    assert shell("check", own) == (0, "mica@firm-1 is sound.\n", "")
    assert not (shell.folder / "data").exists()
    assert shell("load", own, "--json")[:2] == (0, '{"loaded": ["mica@firm-1"], "known": []}\n')
    assert shell("load", own)[:2] == (0, "mica@firm-1 was loaded before.\n")

    listed = {f"{each['regime']}@{each['version']}": each for each in json.loads(shell("list", "--json")[1])}
    assert listed["mica@firm-1"]["in_force"] is True
    assert (listed["mica@firm-1"]["shipped"], listed["mica@firm-1"]["loaded"]) == (False, True)
    assert listed["mica@2025-294"]["in_force"] is False
    assert listed["uk-disp@2027-10"]["verified"] is True
    assert listed["gdpr-dsr@2016-679"]["verified"] is False
    assert shell("show", "mica")[1].splitlines()[1] == 'version = "firm-1"'
    assert 'version = "2025-294"' in shell("show", "mica@2025-294")[1]
    assert "uk-disp           2026-06" in shell("list")[1]

    case = shell.file("case.json", '{"events": [{"type": "received", "at": "2026-05-22T18:00:00+02:00"}]}')
    tried = json.loads(shell("try", "mica@firm-1", "--case", case, "--json")[1])
    assert [clock["due_date"] for clock in tried["clocks"]] == ["2026-05-28"]


def test_without_a_store_the_list_makes_none(shell: Shell):
    code, out, _ = shell("list", "--json")

    assert code == 0
    assert len(json.loads(out)) == len(every_policy())
    assert not (shell.folder / "data").exists()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("2026-02-01", "2025-03-05", "plaint: own.toml, line 3: mica@2025-294 and mica@firm-1 take effect on the same day; change effective_from of one of them.\n"),
        ('calendar = "FR"', 'calendar = "GES"', 'plaint: own.toml, line 5: calendar: "GES" is not written like a calendar; use a code such as "FR" or "GB-ENG", "none", or one of the firm\'s own such as "house-fr".\n'),
        ('calendar = "FR"', 'calendar = "FR-GES"', "plaint: own.toml, line 5: calendar: "),
        ('calendar = "FR"', 'calendar = "GB"', 'plaint: own.toml, line 5: calendar: "GB" leaves out the holidays of its parts; use GB-ENG, GB-SCT, GB-WLS or GB-NIR.\n'),
        ("Europe/Paris", "Europe/Pairs", 'plaint: own.toml, line 6: zone: "Europe/Pairs" is no time zone; use an IANA name such as "Europe/Paris".\n'),
        ('start = "received"\n', "", "plaint: own.toml, line 11: terms[1].start: the key is missing; add it.\n"),
        ('start = "received"', "start = []", 'plaint: own.toml, line 15: terms[1].start: no event word is named; name at least one, such as "received".\n'),
        ("legal = true", 'legal = true\nhours = [["09:00", "09:00"]]', 'plaint: own.toml, line 5: hours: a window never opens; give it a length, or write ["00:00", "24:00"] for a whole day.\n'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["check", "load"])
def test_a_file_that_cannot_be_used_ends_in_one_sentence(
    shell: Shell, verb: str, old: str, new: str, complaint: str
):
    """On standard error, with exit code 1; nothing is loaded."""
    assert old in OWN
    code, out, err = shell(verb, shell.file("own.toml", OWN.replace(old, new)))

    assert (code, out) == (1, "")
    assert err.startswith(complaint)
    assert err.count("\n") == 1


def test_a_calendar_that_is_too_short_ends_in_one_sentence(shell: Shell):
    """A limit in business days that no resolved calendar reaches."""
    own = shell.file("own.toml", OWN.replace("limit = 3", "limit = 3000"))
    code, out, err = shell("load", own)

    assert (code, out) == (1, "")
    assert err.startswith(
        "plaint: own.toml, line 13: acknowledgement falls due beyond calendar FR, which ends"
    )


def test_files_are_checked_against_each_other(shell: Shell):
    """Two versions from the same day contradict each other, and the second is named."""
    first = shell.file("first.toml", PROBE)
    second = shell.file("second.toml", PROBE.replace("firm-1", "firm-2"))

    assert shell("check", first, second)[2] == (
        "plaint: second.toml, line 3: probe@firm-1 and probe@firm-2 take effect on the same day; "
        "change effective_from of one of them.\n"
    )
    assert shell("check", "missing.toml")[0] == 1
    assert shell("show", "nothing")[2].startswith(
        "plaint: There is no regime nothing; name a policy file, or"
    )
    assert shell("show", "mica@9")[0] == 1
