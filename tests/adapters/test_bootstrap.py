"""An installation starts with an empty directory, and says what is wrong where it cannot start."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import text

from adapters.bootstrap import CannotStart, Plaint
from adapters.calendars import FIRST_YEAR, YEARS_AHEAD
from adapters.migrations import NewerDatabase
from adapters.policies import shipped_policies
from adapters.settings import Settings
from adapters.views import tables
from adapters.views.engine import AheadOfTheLog
from adapters.views.rebuilding import rebuild
from domain.configuration import Rules
from domain.testing import a_submission

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def now() -> datetime:
    return NOON


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "new" / "data")


@pytest.fixture
def plaint(settings: Settings) -> Generator[Plaint]:
    plaint = Plaint.open(settings, now=now)
    yield plaint
    plaint.close()


def refusal(settings: Settings) -> str:
    with pytest.raises(CannotStart) as refused:
        Plaint.open(settings, now=now)
    return str(refused.value)


def test_an_empty_directory_becomes_a_store(plaint: Plaint, settings: Settings):
    """That nobody else may look into, with the policies and calendars that ship."""
    assert S_IMODE(settings.data.stat().st_mode) == 0o700
    assert {path.name for path in settings.data.iterdir()} >= {"log.db", "views.db", "vault.db", "master.key"}
    regimes = plaint.desk.rules.regimes
    assert {f"{regime.regime}.toml" for regime in regimes} == set(shipped_policies())
    for regime in regimes:
        calendar = plaint.desk.rules.calendar(regime.calendar)
        assert (calendar.first.year, calendar.last.year) == (FIRST_YEAR, NOON.year + YEARS_AHEAD)


def test_a_store_is_opened_again_as_it_was_left(plaint: Plaint, settings: Settings):
    answer = plaint.desk.receive(a_submission(), "complainant")
    last = plaint.store.count()

    again = Plaint.open(settings, now=now)
    try:
        again.views.catch_up()
        row = again.queries.case(answer.id)
        assert row is not None
        assert (again.store.count(), row.version) == (last, answer.version)
    finally:
        again.close()


def test_migrating_again_records_nothing(plaint: Plaint):
    last = plaint.store.count()
    assert last > 0

    plaint.migrate()

    assert plaint.store.count() == last


def migrated_in(year: int, settings: Settings) -> Rules:
    later = Plaint(settings, now=lambda: NOON.replace(year=year))
    try:
        later.migrate()
        rules = later.store.load(Rules, Rules.ID)
    finally:
        later.close()
    assert rules is not None
    return rules


def test_a_calendar_that_ends_soon_is_resolved_anew(plaint: Plaint, settings: Settings):
    """Not in the year that follows; and the old ones stay, for the clocks that are pinned to them."""
    before = plaint.store.load(Rules, Rules.ID)
    next_year, at_the_end = migrated_in(2027, settings), migrated_in(2031, settings)

    assert before is not None
    assert next_year.calendars == before.calendars
    assert before.calendars.items() < at_the_end.calendars.items()
    assert before.texts == at_the_end.texts


def test_processes_that_start_at_once_find_the_same_rules(database_url: str, tmp_path: Path):
    """Whoever is first loads what ships, once; the others neither fail nor begin without it."""
    url = None if database_url.startswith("sqlite") else database_url
    settings = Settings(data=tmp_path / "data", database_url=url)
    with ThreadPoolExecutor(4) as pool:
        starting = [pool.submit(Plaint.open, settings, now=now) for _ in range(4)]
        desks = [each.result() for each in starting]
    try:
        known = [{each.reference for each in desk.desk.rules.regimes} for desk in desks]
        assert known == [known[0]] * 4
        assert "house@2026-01" in known[0]
        loaded = [event.TOPIC for _, event in desks[0].store.everything() if event.TOPIC == "policy.loaded"]
        assert len(loaded) == len(known[0])
    finally:
        for desk in desks:
            desk.close()


def test_all_databases_may_be_one_on_postgresql(postgres_url: str, tmp_path: Path):
    settings = Settings(
        data=tmp_path / "unused",
        database_url=postgres_url,
        vault_url=postgres_url,
        master_key_file=tmp_path / "elsewhere" / "master.key",
    )
    plaint = Plaint.open(settings, now=now)
    try:
        answer = plaint.desk.receive(a_submission(), "complainant")
        plaint.views.catch_up()
        assert plaint.queries.case(answer.id) is not None
        assert plaint.views_database is plaint.log_database
    finally:
        plaint.close()
    assert not settings.data.exists()


def test_a_data_directory_that_cannot_be_made_is_refused(tmp_path: Path):
    """Here its parent is a file, which holds for root as well."""
    (tmp_path / "file").touch()
    data = tmp_path / "file" / "data"

    assert refusal(Settings(data=data)) == (
        f"The data directory {data} cannot be written (Not a directory); "
        "make it writable or set PLAINT_DATA to another one."
    )


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path):
    data = tmp_path / "file"
    data.touch()

    assert refusal(Settings(data=data)).startswith(
        f"The data directory {data} cannot be written (File exists)"
    )


@pytest.mark.parametrize(
    "url", ["nonsense", "foo://host/name", "postgresql+psycopg://host:port/name", "mysql://host/name"]
)
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path):
    """And the address is not repeated: it may hold a password."""
    for settings in (
        Settings(data=tmp_path, vault_url=url),
        Settings(data=tmp_path, database_url=url),
        Settings(data=tmp_path, views_url=url),
        Settings(data=tmp_path, search_url=url),
    ):
        assert refusal(settings) == (
            "PLAINT_DATABASE_URL, PLAINT_VIEWS_URL, PLAINT_SEARCH_URL or "
            "PLAINT_VAULT_URL is not a database address; "
            "use postgresql+psycopg://user@host/name or leave it out."
        )


def test_a_server_that_does_not_answer_is_refused(tmp_path: Path):
    url = f"postgresql+psycopg://someone:secret@/plaint?host={tmp_path}"

    assert refusal(Settings(data=tmp_path, database_url=url)) == (
        "The database cannot be reached; check PLAINT_DATABASE_URL and that the server runs."
    )


def test_a_store_of_a_newer_version_is_refused(plaint: Plaint, settings: Settings):
    with plaint.log_database.write() as connection:
        connection.execute(text("UPDATE alembic_log SET version_num = 'log_9999'"))

    with pytest.raises(NewerDatabase, match="install that version or restore a backup"):
        Plaint.open(settings, now=now)


def test_read_models_ahead_of_the_log_are_refused_until_they_are_rebuilt(plaint: Plaint, settings: Settings):
    plaint.views.catch_up()
    with plaint.views_database.write() as connection:
        connection.execute(tables.cursors.update().values(number=plaint.store.count() + 1))

    with pytest.raises(AheadOfTheLog, match="plaint rebuild"):
        Plaint.open(settings, now=now)
    rebuilding = Plaint.open(settings, now=now, rebuilding=True)
    try:
        rebuild(rebuilding.views)
        rebuilding.views.refuse_if_ahead()
    finally:
        rebuilding.close()


def test_more_logs_are_opened_when_asked_for(postgres_url: str, tmp_path: Path):
    """A new store gets as many as its settings say; fewer than there are is refused."""
    settings = Settings(data=tmp_path, database_url=postgres_url, logs=2)
    plaint = Plaint.open(settings, now=now)
    first = plaint.store.logs
    plaint.close()
    plaint = Plaint.migrated(settings, logs=3)
    more = plaint.store.logs
    plaint.close()

    assert (first, more) == ((0, 1), (0, 1, 2))
    with pytest.raises(CannotStart, match="The store has 3 logs and never gives one up"):
        Plaint.migrated(settings, logs=2)


def test_a_store_in_a_file_has_one_log(settings: Settings):
    with pytest.raises(CannotStart, match="A store on SQLite has one log"):
        Plaint.migrated(settings, logs=2)
