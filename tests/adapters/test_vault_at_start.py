"""What a desk does that starts without its vault, and what the command line says of it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from adapters.bootstrap import Plaint
from adapters.cli.main import app
from adapters.eventstore.mapper import EventMapper
from adapters.settings import Settings
from adapters.vault import vault
from adapters.vault.errors import AnotherVault, VaultMissing, WrongMasterKey
from domain.kernel import Event
from domain.testing import a_submission

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def now() -> datetime:
    return NOON


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    url = None if database_url.startswith("sqlite") else database_url
    return Settings(data=tmp_path / "data", database_url=url)


def received(settings: Settings) -> UUID:
    plaint = Plaint.open(settings, now=now)
    try:
        return plaint.desk.receive(a_submission(), "complainant").id
    finally:
        plaint.close()


def as_it_is(_mapper: EventMapper, event: Event, _values: object) -> Event:
    return event


def test_a_vault_that_is_lost_is_not_made_anew(settings: Settings, capfd: pytest.CaptureFixture[str]):
    """The desk starts and says so; what was sealed would otherwise be sealed under keys of two vaults."""
    id = received(settings)
    for path in settings.data.glob("vault.db*"):
        path.unlink()

    for opens in (lambda: Plaint.open(settings, now=now), lambda: Plaint.migrated(settings)):
        plaint = opens()
        try:
            assert isinstance(plaint.vault.away(), VaultMissing)
            assert plaint.store.numbered(id)
            with pytest.raises(VaultMissing):
                plaint.desk.receive(a_submission(), "complainant")
        finally:
            plaint.close()
    assert "vault_away" in capfd.readouterr().out
    assert not (settings.data / "vault.db").exists()


def test_a_store_from_before_there_was_a_vault_gets_one(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """Its cases read as they did."""
    with monkeypatch.context() as earlier:
        earlier.setattr(EventMapper, "_sealed", as_it_is)
        id = received(settings)
    for path in (*settings.data.glob("vault.db*"), settings.master_key):
        path.unlink()

    plaint = Plaint.open(settings, now=now)
    try:
        assert plaint.vault.away() is None
        event = plaint.store.history(id)[0]
        assert event == plaint.store.numbered(id)[0][1]
        assert event.model_dump()["details"] == a_submission().details
        other = plaint.desk.receive(a_submission(), "complainant").id
        assert plaint.store.history(other)[0] != plaint.store.numbered(other)[0][1]
    finally:
        plaint.close()


def test_another_master_key_is_told_at_the_start(settings: Settings, capfd: pytest.CaptureFixture[str]):
    received(settings)
    id = settings.master_key.read_text().splitlines()[-1].partition(" ")[0]
    settings.master_key.write_text(f"{id} {'A' * 43}\n")

    plaint = Plaint.open(settings, now=now)
    try:
        assert isinstance(plaint.vault.away(), WrongMasterKey)
        assert "restore the file that belongs to this vault" in capfd.readouterr().out
    finally:
        plaint.close()


def test_another_installation_s_vault_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """It opens with its own master key, and what is new would be sealed under keys that it alone has."""
    id = received(settings)
    other = settings.model_copy(update={"data": tmp_path / "other", "database_url": None})
    received(other)
    for path in (*settings.data.glob("vault.db*"), settings.master_key):
        path.unlink()
    for path in (*other.data.glob("vault.db*"), other.master_key):
        shutil.copy(path, settings.data / path.name)

    plaint = Plaint.open(settings, now=now)
    try:
        assert isinstance(plaint.vault.away(), AnotherVault)
        with pytest.raises(AnotherVault, match="PLAINT_VAULT_URL"):
            plaint.desk.receive(a_submission(), "complainant")
        assert plaint.store.numbered(id)
    finally:
        plaint.close()
    monkeypatch.setenv("PLAINT_DATABASE_URL", settings.log_database)
    code, said = asked(monkeypatch, settings.data, "check")
    assert (code, "is another one: it lacks the key" in said) == (1, True)


def test_of_two_vaults_that_were_begun_on_one_empty_log_one_is_used(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Processes that start at once, each with a vault of its own, find out with what the first one seals."""
    monkeypatch.setattr(vault, "HEED", 0.0)
    one = Plaint.open(settings, now=now)
    url = f"sqlite:///{tmp_path / 'other.db'}"
    other = Plaint.open(settings.model_copy(update={"vault_url": url}), now=now)
    try:
        one.desk.receive(a_submission(), "complainant")
        with pytest.raises(AnotherVault):
            other.desk.receive(a_submission(), "complainant")
        one.desk.receive(a_submission(), "complainant")
    finally:
        one.close()
        other.close()


def asked(monkeypatch: pytest.MonkeyPatch, data: Path, *verb: str) -> tuple[int, str]:
    monkeypatch.setenv("PLAINT_DATA", str(data))
    result = CliRunner().invoke(app, ["vault", *verb])
    return result.exit_code, result.stdout


def test_the_command_line_checks_and_rotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = Settings(data=tmp_path / "data")
    id = received(settings)
    code, said = asked(monkeypatch, settings.data, "check", "--json")
    before = json.loads(said)
    assert (code, before) == (
        0,
        {
            "opens": True,
            "master_key": before["master_key"],
            "data_keys": 1,
            "destroyed": 0,
            "under_other_master_keys": 0,
        },
    )

    code, said = asked(monkeypatch, settings.data, "rotate", "--json")
    rotated = json.loads(said)

    assert (code, rotated["wrapped"]) == (0, 2)
    assert rotated["master_key"] != before["master_key"]
    assert asked(monkeypatch, settings.data, "check") == (
        0,
        f"Master key {rotated['master_key']} opens the vault: 1 data keys, 0 destroyed.\n",
    )
    plaint = Plaint.open(settings, now=now)
    assert plaint.store.history(id)[0].model_dump()["details"] == a_submission().details
    plaint.close()


def test_the_command_line_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = Settings(data=tmp_path / "data")
    received(settings)
    settings.master_key.unlink()

    code, said = asked(monkeypatch, settings.data, "check", "--json")

    found = json.loads(said)
    assert (code, found["opens"]) == (1, False)
    assert found["remedy"].startswith(f"The master key {settings.master_key} is missing")
    assert asked(monkeypatch, settings.data, "rotate")[0] == 1
    assert not settings.master_key.exists()
