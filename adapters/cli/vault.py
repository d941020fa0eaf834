"""``plaint vault``: whether the master key opens the vault, and another one in its place."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.output import FAILED, answer, clear_errors, progress

if TYPE_CHECKING:
    from uuid import UUID

    from adapters.settings import Settings
    from adapters.vault.vault import Vault

app = typer.Typer(help="Look after the keys of personal data.  Example: plaint vault check")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(as_json: Json = False) -> None:
    """Say whether the master key opens the vault; exit 1 if not.  Example: plaint vault check --json"""
    with _found() as vault:
        from adapters.vault.errors import VaultAway

        try:
            found = vault.condition()
        except VaultAway as error:
            answer(error.remedy, {"opens": False, "remedy": error.remedy}, as_json=as_json)
            raise typer.Exit(FAILED) from None
        said = (
            f"Master key {found.master_key} opens the vault: "
            f"{found.data_keys:,} data keys, {found.destroyed:,} destroyed."
        )
        if found.under_other_master_keys:
            said += " A rotation was broken off; `plaint vault rotate` completes it."
        answer(said, {"opens": True} | asdict(found), as_json=as_json)


@app.command()
def rotate(as_json: Json = False) -> None:
    """Put a new master key in place of the old; no event is touched.  Example: plaint vault rotate"""
    with _found() as vault:
        from adapters.vault.rotation import rotate as put_another

        with progress("Wrapping keys anew", None) as tell:
            moved = put_another(vault, tell)
        id = vault.condition().master_key
        said = (
            f"{moved:,} keys are wrapped under master key {id}; put the new file where the old was backed up."
        )
        answer(said, {"master_key": id, "wrapped": moved}, as_json=as_json)


@contextmanager
def _found() -> Generator[Vault]:
    """Give the vault that the settings name, and of the record only which key it names."""
    with clear_errors():
        from adapters import logs
        from adapters.places import vault_of
        from adapters.settings import Settings

        settings = Settings()
        logs.configure(settings.log_format, level="WARNING")
        vault = vault_of(settings)
        try:
            with _record(settings) as vault.named:
                yield vault
        finally:
            vault.close()


@contextmanager
def _record(settings: Settings) -> Generator[Callable[[], UUID | None]]:
    """Give what says which key the record names; of a record that cannot be read nothing is known."""
    from eventsourcing.persistence import PersistenceError

    from adapters.eventstore.store import CaseStore
    from adapters.places import opened
    from adapters.vault.naming import first_key_named

    database = opened(settings.log_database, 1)
    path = database.engine.url.database or ""

    def named() -> UUID | None:
        if database.is_sqlite and not Path(path).exists():
            return None  # to look into it would make it
        try:
            return first_key_named(CaseStore(database))
        except PersistenceError:
            return None

    try:
        yield named
    finally:
        database.close()
