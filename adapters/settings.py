"""Settings, from ``PLAINT_*`` variables or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can set; every field is ``PLAINT_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix="PLAINT_", env_file=".env", extra="ignore", frozen=True)

    data: Path = Path("plaint-data")
    """The data directory."""
    database_url: str | None = None
    """The logs and receipts: ``postgresql+psycopg://…``; by default SQLite in the data directory."""
    logs: Annotated[int, Field(ge=1, le=256)] | None = None
    """How many logs a database gets when it is made: 16 on PostgreSQL by default, always one on SQLite."""
    views_url: str | None = None
    """The read models; by default beside the logs."""
    vault_url: str | None = None
    """The vault; by default SQLite in the data directory."""
    master_key_file: Path | None = None
    """The master key of the vault; by default ``master.key`` in the data directory."""
    host: str = "127.0.0.1"
    port: int = 8000
    legal_entity: str = "main"
    """The legal entity of a case whose form names none."""
    public_url: str | None = None
    """The address under which clients reach the API behind a proxy."""
    webhook_allow_private: str = ""
    """Private networks that webhooks may point to, parted by commas: ``loopback,10.1.0.0/16``."""
    log_format: str = "auto"
    """``json``, ``console``, or ``auto``: console on a terminal."""

    @property
    def log_database(self) -> str:
        """The URL of the database of the logs."""
        return self.database_url or f"sqlite:///{self.data / 'log.db'}"

    @property
    def views_database(self) -> str:
        """The URL of the database of the read models."""
        return self.views_url or self.database_url or f"sqlite:///{self.data / 'views.db'}"

    @property
    def embedded(self) -> bool:
        """Whether anything is kept in the data directory."""
        return self.log_database.startswith("sqlite") or self.views_database.startswith("sqlite")

    @property
    def vault_database(self) -> str:
        """The URL of the database of the vault."""
        return self.vault_url or f"sqlite:///{self.data / 'vault.db'}"

    @property
    def master_key(self) -> Path:
        """The file of the master key."""
        return self.master_key_file or self.data / "master.key"

    @property
    def keeps_files(self) -> bool:
        """Whether the data directory is needed."""
        return self.embedded or self.vault_url is None or self.master_key_file is None
