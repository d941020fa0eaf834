"""``plaint calendar``: every change is a new version with an author, told in one sentence or as JSON."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from adapters import calendars
from adapters.bootstrap import Plaint
from adapters.calendars import FIRST_YEAR, YEARS_AHEAD
from adapters.cli import main
from adapters.cli.main import app
from adapters.eventstore.store import CaseStore
from adapters.settings import Settings
from domain.calendars import Calendar, Holiday
from domain.clocks import Pin
from domain.configuration import CalendarAmended, CalendarDefined, CalendarResolved, Rules
from domain.errors import LostTheRace
from domain.ids import reference
from domain.testing import a_submission
from tests.conftest import lent

NOW = datetime.now(UTC)
YEAR = NOW.year + 1
LAST = NOW.year + YEARS_AHEAD


def a_weekday(from_: date) -> date:
    return next(day for n in range(7) if (day := from_ + timedelta(days=n)).weekday() == 2)


OPEN_DAY, OTHER_DAY = a_weekday(date(YEAR, 9, 1)), a_weekday(date(YEAR, 9, 8))
SATURDAY = OPEN_DAY + timedelta(days=3)
BASTILLE = date(YEAR, 7, 14)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new store on SQLite, to be copied: making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("fresh")
    Plaint.open(Settings(data=folder)).close()
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def url_of_today(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The URL of a new desk that was made today, as the verbs are carried out: how far its calendars go hangs on it."""

    def prepare(url: str) -> None:
        Plaint.open(Settings(data=tmp_path_factory.mktemp("new"), database_url=url)).close()

    yield from lent(request, lambda copies: copies.lend("fresh", "desk-of-today", prepare))


@pytest.fixture
def settings(url_of_today: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation on one kind of database, and then on the other."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAINT_DATA", str(tmp_path))
    if not url_of_today.startswith("sqlite"):
        monkeypatch.setenv("PLAINT_DATABASE_URL", url_of_today)
    return Settings()


@pytest.fixture
def embedded(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAINT_DATA", str(tmp_path))
    shutil.copytree(fresh, tmp_path, dirs_exist_ok=True)
    return Settings()


def said(*words: object) -> Result:
    return CliRunner().invoke(app, ["calendar", *map(str, words)], catch_exceptions=False)


def asked(*words: object) -> Any:
    """Return the one JSON value that a verb prints."""
    result = said(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def recorded(settings: Settings) -> list[tuple[str, str, str]]:
    """Return what was recorded about calendars after the first start: topic, code and actor."""
    plaint = Plaint.open(settings)
    try:
        return [
            (event.TOPIC, event.code, event.actor)
            for event in plaint.store.history(Rules.ID)
            if isinstance(event, CalendarResolved | CalendarDefined | CalendarAmended)
            and event.actor != "system:migrate"
        ]
    finally:
        plaint.close()


def test_the_firm_closes_a_day_of_its_own_calendar(settings: Settings):
    """By a new version with its author; the same again is no news, and public holidays stay."""
    public = asked("show", "FR")
    defined = asked("define", "house-fr", "--base", "FR", "--by", "anna")
    closed = asked("close", "house-fr", OPEN_DAY, "--name", "Company closure", "--by", "anna")

    first, second = defined["changes"][0], closed["changes"][0]
    assert closed == {
        "recorded": True,
        "changes": [
            {
                "code": "house-fr",
                "old_version": first["new_version"],
                "new_version": second["new_version"],
                "source": f"FR@{public['version']}; {OPEN_DAY} the firm",
                "first": f"{FIRST_YEAR}-01-01",
                "last": f"{LAST}-12-31",
                "old_first": f"{FIRST_YEAR}-01-01",
                "old_last": f"{LAST}-12-31",
                "gained": [{"date": str(OPEN_DAY), "name": "Company closure"}],
                "lost": [],
                "renamed": [],
            }
        ],
        "touched": [],
    }
    assert (first["old_version"], first["source"]) == (None, f"FR@{public['version']}")
    again: dict[str, Any] = {"recorded": False, "changes": [], "touched": []}
    assert asked("close", "house-fr", OPEN_DAY, "--name", "Again") == again
    assert asked("define", "house-fr", "--base", "FR") == again
    assert asked("show", "FR") == public
    assert recorded(settings) == [
        ("calendar.defined", "house-fr", "anna"),
        ("calendar.resolved", "house-fr", "anna"),
        ("calendar.amended", "house-fr", "anna"),
        ("calendar.resolved", "house-fr", "anna"),
    ]


def test_the_firm_works_on_a_holiday(embedded: Settings):
    said("define", "house-fr", "--base", "FR")
    result = said("open", "house-fr", BASTILLE, "--name", "Duty")

    assert result.exit_code == 0
    assert f"  lost     {BASTILLE:%a} {BASTILLE}  National Day" in result.stdout
    assert str(BASTILLE) in {day["date"] for day in asked("show", "FR")["holidays"]}
    shown = said("show", "house-fr", "--year", YEAR).stdout
    assert f"By hand: {BASTILLE} no holiday: Duty (the firm)" in shown
    assert said("open", "house-fr", BASTILLE, "--name", "Duty").stdout == (
        f"{BASTILLE} is open in house-fr already.\n"
    )


def test_a_proclaimed_holiday_names_its_source_and_can_be_repealed(embedded: Settings):
    """A calendar that is not known yet is resolved by the way; the repeal restores the days of before."""
    proclaimed = asked("proclaim", "GB-SCT", OPEN_DAY, "--name", "Cup", "--source", "Proclamation 1")
    current = asked("show", "GB-SCT", "--year", YEAR)

    assert [change["code"] for change in proclaimed["changes"]] == ["GB-SCT"]
    assert current["source"].endswith(f"; {OPEN_DAY} Proclamation 1")
    assert {"date": str(OPEN_DAY), "name": "Cup"} in current["holidays"]
    assert current["by_hand"] == [
        {"date": str(OPEN_DAY), "closed": True, "name": "Cup", "source": "Proclamation 1"}
    ]
    first = next(row for row in asked("list") if row["code"] == "GB-SCT")["version"]
    repealed = asked("repeal", "GB-SCT", OPEN_DAY, "--name", "Moved", "--source", "Proclamation 2")
    assert repealed["changes"][0]["new_version"] == first
    assert said("repeal", "GB-SCT", OPEN_DAY, "--name", "-", "--source", "-").stdout == (
        f"{OPEN_DAY} is no holiday in GB-SCT already.\n"
    )


def test_a_weekend_day_is_recorded_with_a_remark(embedded: Settings):
    """Which days are a weekend is for policies to say."""
    said("define", "house-fr", "--base", "FR")
    result = said("close", "house-fr", SATURDAY, "--name", "Stocktaking")

    assert (result.exit_code, result.stderr) == (
        0,
        f"{SATURDAY} is a Saturday: it counts only where a policy works on that day.\n",
    )
    assert said("close", "house-fr", SATURDAY, "--name", "Stocktaking").stderr == ""


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("close nope DAY --name X", 1, "There is no calendar of that code; use one of: "),
        ("close house-fr 24.12.2026 --name X", 2, "A day is written like 2026-12-24"),
        ("close house-fr 2026-02-30 --name X", 2, "A day is written like 2026-12-24"),
        ("close house-fr 2026-W52-4 --name X", 2, "A day is written like 2026-12-24"),
        ("close house-fr 20261224 --name X", 2, "A day is written like 2026-12-24"),
        ("close house-fr 2020-01-02 --name X", 1, "That day has passed"),
        ("close house-fr 9999-12-31 --name X", 1, "The calendar does not cover that day"),
        ("close house-fr 1000-12-31 --name X", 1, "That day has passed"),
        ("close house-fr DAY --name=", 2, "--name cannot be used; give one line of 1 to 200 characters."),
        ("close house-fr DAY --name X --by=", 2, "--by cannot be used"),
        ("close FR DAY --name X", 1, "Legal limits count on this calendar"),
        ("open FR DAY --name X", 1, "Legal limits count on this calendar"),
        ("define FR-firm --base FR", 1, "The firm's own calendars have codes of small letters"),
        ("define house-gb --base GB", 1, "use GB-ENG, GB-SCT, GB-WLS or GB-NIR"),
        ("define house-x --base house-fr", 1, "Public holidays belong to the calendar of a country"),
        ("define house-fr --base DE", 1, "The calendar is defined on another base"),
        ("proclaim FR-GES DAY --name X --source Y", 1, "no ISO 3166-2 subdivision with a calendar"),
        ("proclaim house-fr DAY --name X --source Y", 1, "Public holidays belong to the calendar"),
        ("proclaim FR DAY --name X --source=", 2, "--source cannot be used"),
        ("update house-xx", 1, "define it with `plaint calendar define house-xx --base FR`"),
        ("update XX", 1, "no known country"),
        ("show XX", 1, "There is no calendar of that code"),
        ("show FR@0123456789ab", 1, "There is no version 0123456789ab of FR; use one of: "),
        ("show FR --year 1999", 2, "choose a year within"),
        ("diff FR 1 2", 1, "There is no version 1 of FR"),
        ("touched FR --version 1", 1, "There is no version 1 of FR"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    embedded: Settings, words: str, code: int, sentence: str
):
    """On standard error; nothing is recorded."""
    said("define", "house-fr", "--base", "FR")
    before = recorded(embedded)

    result = said(*words.replace("DAY", str(OPEN_DAY)).split())

    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("plaint: ")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert recorded(embedded) == before


def older(settings: Settings, monkeypatch: pytest.MonkeyPatch, missing: date) -> str:
    """Let the store know GB-SCT from data that lack *missing*, with a case that counts on it."""
    look_up = calendars._look_up

    def before(country: str, part: str | None, years: range) -> tuple[str, Mapping[date, str]]:
        _, named = look_up(country, part, years)
        return "data of before", {day: name for day, name in named.items() if day != missing}

    start = datetime(missing.year, missing.month, missing.day, 10, tzinfo=UTC) - timedelta(days=1)
    plaint = Plaint.open(settings, now=lambda: start)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(calendars, "_look_up", before)
            rules = plaint.store.load(Rules, Rules.ID) or Rules()
            calendars.update(rules, "GB-SCT", plaint.desk.context("system:test", at=NOW))
            plaint.store.append(rules)
        house = plaint.desk.rules.regime("house")
        pin = Pin(
            regime="house",
            version=house.version,
            calendar="GB-SCT",
            calendar_version=rules.current["GB-SCT"],
        )
        case = plaint.desk.receive(a_submission(country="GB"), "complainant", pins=(pin,))
        plaint.views.catch_up()
        return reference(case.id, "C")
    finally:
        plaint.close()


def a_bank_holiday() -> date:
    """Return Saint Andrew's Day of a year in which it is no weekend, nor follows one."""
    days = (date(year, 11, 30) for year in range(YEAR, LAST))
    return next(day for day in days if 1 <= day.weekday() <= 3)


def test_newer_holiday_data_list_the_clocks_they_would_move(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    """Tried first, then recorded; the clocks stay, and can be listed again."""
    day = a_bank_holiday()
    case = older(settings, monkeypatch, day)
    tried = said("update", "--dry-run", "--json")
    assert tried.stderr == "Nothing is recorded.\n"
    assert asked("show", "GB-SCT")["source"] == "data of before"

    updated = asked("update")

    assert json.loads(tried.stdout) == updated | {"recorded": False}
    [change] = updated["changes"]
    assert (change["code"], [each["date"] for each in change["gained"]]) == ("GB-SCT", [str(day)])
    assert change["lost"] == change["renamed"] == []
    moved = {each["milestone"]: each for each in updated["touched"]}
    assert {each["reference"] for each in moved.values()} == {case}
    acknowledgement = moved["acknowledgement"]
    old, new = (date.fromisoformat(acknowledgement[name]) for name in ("due_date", "new_due_date"))
    assert old == day + timedelta(days=1)
    assert new > old
    assert (acknowledgement["old_version"], acknowledgement["new_version"]) == (
        change["old_version"],
        change["new_version"],
    )
    assert asked("touched", "GB-SCT")["touched"] == updated["touched"]
    assert asked("touched", "GB-SCT", "--version", change["old_version"])["touched"] == []
    text = said("touched", "GB-SCT").stdout.splitlines()
    assert text[0] == f"{len(moved)} running clocks would fall due at another instant:"
    assert text[1] == (
        f"  {case}  house acknowledgement 1  due {old}, under GB-SCT@{change['new_version']} {new}"
    )
    assert text[-1] == ("They fall due when they did until each is moved by the API's command `retarget`.")
    assert said("update").stdout == "Every calendar is up to date.\n"
    told = said("diff", "GB-SCT", change["old_version"], change["new_version"]).stdout
    assert f"  gained   {day:%a} {day}  " in told


def test_a_calendar_that_ends_soon_is_told(embedded: Settings):
    """The remark goes to standard error; the answer stays one JSON value."""
    plaint = Plaint.open(embedded)
    rules = plaint.store.load(Rules, Rules.ID) or Rules()
    soon = Calendar.resolved(
        "LU",
        "by hand",
        date(NOW.year, 1, 1),
        date(NOW.year, 12, 31),
        [Holiday(date=date(NOW.year, 6, 23), name="-")],
    )
    rules.resolve_calendar(soon, plaint.desk.context("system:test"))
    plaint.store.append(rules)
    plaint.close()

    result = said("list", "--json")

    assert result.stderr == (
        f"Calendar LU ends on {NOW.year}-12-31; run `plaint calendar update`, "
        "where need be after installing newer holiday data.\n"
    )
    rows: Sequence[dict[str, Any]] = json.loads(result.stdout)
    assert [row["code"] for row in rows if row["ends_soon"]] == ["LU"]
    said("update")
    assert said("list").stderr == ""
    assert [row["current"] for row in asked("list") if row["code"] == "LU"] == [False, True]


def test_two_who_change_calendars_at_once_are_told(embedded: Settings, monkeypatch: pytest.MonkeyPatch):
    def lost(*_: object) -> None:
        raise LostTheRace

    said("list")
    monkeypatch.setattr(CaseStore, "append", lost)
    result = said("define", "house-fr", "--base", "FR")

    assert (result.exit_code, result.stderr) == (
        1,
        "plaint: Somebody else changed policies or calendars meanwhile; give the command again.\n",
    )


def test_it_works_as_a_program_of_its_own(tmp_path: Path):
    """With an example in the help of every verb."""
    program = [sys.executable, "-c", f"from {main.__module__} import main; main()", "calendar"]
    root = Path(__file__).parents[2]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {"PLAINT_DATA": str(tmp_path), "PYTHONPATH": str(root), "COLUMNS": "200"}
        return subprocess.run(
            [*program, *words], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    listed = run("list", "--json")
    assert listed.returncode == 0
    assert "FR" in {row["code"] for row in json.loads(listed.stdout)}
    assert run("close", "FR", "2026-12-24", "--name", "X").returncode == 1
    verbs = ("list", "show", "diff", "define", "close", "open", "proclaim", "repeal", "update", "touched")
    for verb in verbs:
        assert (
            f"Example: plaint calendar {verb}"
            in CliRunner().invoke(app, ["calendar", verb, "--help"], env={"COLUMNS": "200"}).stdout
        )
