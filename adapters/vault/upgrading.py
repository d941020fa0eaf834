"""A vault of an older version, brought up to date."""

from __future__ import annotations

from adapters import migrations
from adapters.vault.vault import Vault


def upgrade(vault: Vault) -> None:
    """Bring the tables of *vault* up to date; where there is none, nothing is made.

    Raises VaultAway while it cannot be had.
    """
    try:
        vault.exists()
    except migrations.OlderDatabase:
        with vault.answering():
            migrations.migrate(vault.database, "vault")
