"""Settings, from ``PLAINT_*`` variables or a ``.env`` file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.database import CONNECTIONS, FEWEST


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
    pool: Annotated[int, Field(ge=FEWEST)] = CONNECTIONS
    """Connections that a process keeps at most to the PostgreSQL database of the log."""
    search_url: str | None = None
    """The search index; by default beside the logs, in a schema of its own on PostgreSQL."""
    vault_url: str | None = None
    """The vault; by default SQLite in the data directory."""
    master_key_file: Path | None = None
    """The master key of the vault; by default ``master.key`` in the data directory."""
    files_url: str | None = None
    """Where files are kept, sealed: ``s3://bucket/prefix``; by default ``files`` in the data directory."""
    clamd: str | None = None
    """A clamd that looks at every file too: ``host:port``, or the path of its socket; none by default."""
    file_queued_seconds: Annotated[int, Field(ge=1)] = 600
    """How long a file may wait to be looked at before an alarm is raised."""
    file_scanning_seconds: Annotated[int, Field(ge=1)] = 300
    """How long looking at a file may take before an alarm is raised and another worker takes it."""
    file_workers: Annotated[int, Field(ge=1, le=16)] = 1
    """How many files a process with the role ``worker`` looks at at once."""
    file_reserve_megabytes: Annotated[int, Field(ge=0)] = 512
    """How much room on the disk of the data directory is kept for everything but files."""
    host: str = "127.0.0.1"
    port: int = 8000
    legal_entity: str = "main"
    """The legal entity of a case whose form names none."""
    public_url: str | None = None
    """The address under which clients reach the API behind a proxy."""
    oidc_issuer: str | None = None
    """The identity provider, as its tokens name it; without one there are API tokens alone."""
    oidc_audience: str | None = None
    """What a token must be meant for to be let in: the name of this API at the provider."""
    oidc_client_id: str | None = None
    """The console as the provider knows it; without it the console is opened by an API token."""
    oidc_client_secret_file: Path | None = None
    """A file with the console's secret, where the provider asks for one."""
    oidc_roles: str = ""
    """Which value of the claim is which role: ``desk=handler, leads=supervisor``, or a JSON object."""
    oidc_roles_claim: str = "roles"
    oidc_teams_claim: str = "teams"
    oidc_entities_claim: str | None = None
    """The claim with the legal entities; without it every entity is seen, as with an API token."""
    oidc_login_claim: str | None = None
    """The claim with the login in the directory; without it nobody there is a user here."""
    oidc_session_minutes: int = Field(default=240, ge=1, le=720)
    """How long who signed in at the provider is in before they are asked for there again."""
    root_path: str = ""
    """The path that a proxy takes off before it passes a request on, such as ``/plaint``."""
    forwarded_allow_ips: str | None = None
    """Addresses of proxies whose X-Forwarded-For and -Proto are believed, with commas; none by default."""
    cors_origins: str = ""
    """Origins whose pages may call the API from a browser, with commas; none by default."""
    rate_principal: Annotated[int, Field(ge=1)] = 6_000
    """Requests a minute of one principal, in each process."""
    rate_address: Annotated[int, Field(ge=1)] = 600
    """Requests a minute from one address without a token."""
    rate_new_cases: Annotated[int, Field(ge=1)] = 30
    """Cases a minute from one address without a token."""
    rate_all_new_cases: Annotated[int, Field(ge=1)] = 600
    """Cases a minute without a token from all addresses together, in each process."""
    rate_refused: Annotated[int, Field(ge=1)] = 30
    """Tokens a minute that open nothing, from one address."""
    rate_sign_in: Annotated[int, Field(ge=1)] = 30
    """Attempts a minute to sign in to the console, or to come in by a link, from one address."""
    webhook_allow_private: str = ""
    """Private networks that webhooks may point to, parted by commas: ``loopback,10.1.0.0/16``."""
    log_format: str = "auto"
    """``json``, ``console``, or ``auto``: console on a terminal."""

    @property
    def log_database(self) -> str:
        """The URL of the database of the logs."""
        return self.database_url or f"sqlite:///{self.data / 'log.db'}"

    @property
    def reads_database(self) -> str:
        """The URL of the database of the record of reading: beside the logs, on SQLite a file of its own."""
        url = self.log_database
        return f"sqlite:///{self.data / 'reads.db'}" if url.startswith("sqlite") else url

    @property
    def views_database(self) -> str:
        """The URL of the database of the read models."""
        return self.views_url or self.database_url or f"sqlite:///{self.data / 'views.db'}"

    @property
    def search_database(self) -> str:
        """The URL of the database of the search index."""
        beside = None if self.log_database.startswith("sqlite") else self.database_url
        return self.search_url or beside or f"sqlite:///{self.data / 'search.db'}"

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
