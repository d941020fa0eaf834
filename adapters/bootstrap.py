"""Puts the parts together; the only module that knows them all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

import structlog
from sqlalchemy.exc import DatabaseError

from adapters import directory, leaver, migrations, token_uses
from adapters.calendars import FIRST_YEAR, YEARS_AHEAD
from adapters.database import Database
from adapters.desk import Desk, Outcome
from adapters.eventstore.catalogue import LogsRefused, grow
from adapters.eventstore.store import CaseStore
from adapters.feed import Feed
from adapters.identity.configuration import oidc_of
from adapters.identity.errors import Misconfigured
from adapters.identity.identity import Identity
from adapters.identity.links import Links
from adapters.identity.sessions import Sessions
from adapters.leases import Leases
from adapters.leaver import Leavers
from adapters.live.hub import Hub
from adapters.live.tail import Tail
from adapters.outbox.addresses import Guard, networks
from adapters.outbox.outbox import Outbox
from adapters.policies import load_every_policy, shipped_policies
from adapters.reading.log import ReadLog
from adapters.reading.record import Readings
from adapters.repeating import Repeating
from adapters.search.finding import Finding
from adapters.search.index import SearchIndex
from adapters.settings import Settings
from adapters.sittings import Sittings
from adapters.standing import Standing
from adapters.token_uses import TokenUses
from adapters.tokens import Admission
from adapters.vault.errors import VaultAway
from adapters.vault.masterkey import KeyFile
from adapters.vault.showing import Showing
from adapters.vault.vault import Vault
from adapters.views.drift import DriftCheck
from adapters.views.due import CLOCKS, TIMERS, DueIndex
from adapters.views.engine import ViewEngine
from adapters.views.queries import Queries
from adapters.views.staff import Staff
from adapters.web import Web
from adapters.worker import Worker
from domain.configuration import Rules
from domain.errors import LostTheRace
from scheduler.deadlines import Agenda, Deadlines, Order
from scheduler.runner import Nightly, Runner
from scheduler.sweep import sweep, sweep_timers

__all__ = ["FIRST_YEAR", "YEARS_AHEAD", "CannotStart", "Plaint", "shipped_policies", "utc_now"]

log = structlog.get_logger()

ATTEMPTS = 5
RECEIPTS = "receipts"
"""The secret under which requests are known again."""
SUBJECTS = "subjects"
"""The secret under which people of the identity provider are named."""
LINKS = "links"
"""The secret that signs the links of complainants."""
SEALED_AT_ONCE = 1_000
"""Events looked at together for a sealed value, where there is no vault."""
DRIFT_CHECK = (2, 30)
"""Hour and minute, UTC, at which the counters are counted anew each night."""
SCHEDULER = "system:scheduler"
QUESTION_SECONDS = 5.0
"""Seconds for which a question to the read models may take; longer ones are broken off."""


class CannotStart(Exception):
    """Something outside stands in the way; the message says what to do about it."""


def utc_now() -> datetime:
    """Return the instant that it is."""
    return datetime.now(UTC)


class Plaint:
    """An installation: its databases, its desk, its read models."""

    def __init__(
        self,
        settings: Settings,
        *,
        now: Callable[[], datetime] = utc_now,
        chance: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.settings, self.now, self.chance = settings, now, chance
        self.log_database = _open(settings.log_database, settings.pool)
        same = settings.views_database == settings.log_database and not self.log_database.is_sqlite
        self.views_database = self.log_database if same else _open(settings.views_database, settings.pool)
        apart = settings.reads_database != settings.log_database
        self.reads_database = _open(settings.reads_database, settings.pool) if apart else self.log_database
        self.vault = vault_of(settings, now)
        self.readings = Readings(ReadLog(self.reads_database, self.vault), now=now)
        self.showing = Showing(self.vault)
        self.store = CaseStore(self.log_database, self.vault)
        self.desk = Desk(self.store, now=now, chance=chance, secret=lambda: self.vault.secret(RECEIPTS))
        self.feed = Feed(self.log_database)
        self.views = ViewEngine(self.views_database, self.store, now=now, moved=self.feed.moved)
        self.asked_database = _open(
            settings.views_database, settings.pool, statement_seconds=QUESTION_SECONDS
        )
        self.queries = Queries(self.asked_database, self.views)
        self.tail = Tail(self.store, self.views, self.queries)
        self.streams = Hub(self.tail, self.feed.moved)
        self.staff = Staff(self.queries)
        self.uses = TokenUses(self.views_database)
        self.standing = Standing(self.store, self.views, self.queries, self.staff)
        self.admission = Admission(self.standing, self.uses, now)
        self.sittings = Sittings(self.desk, now)
        self.leavers = Leavers(self)
        self.worker = Worker(self.views, self.feed.recorded)
        with _addresses():
            self.search = SearchIndex(
                settings.search_database, self.store, self.vault, now, moved=self.feed.moved
            )
        self.finding = Finding(self.search)
        again = self.search.prepare_again
        self.indexer = Worker(self.search.engine, self.feed.recorded, "search", prepare=again)
        one_file = self.log_database.is_sqlite and settings.views_database == settings.log_database
        self.due = DueIndex(self.views_database, CLOCKS, exclusive=not one_file)
        self.timers = DueIndex(self.views_database, TIMERS, exclusive=not one_file)
        agendas = (Agenda(self.due, sweep), Agenda(self.timers, sweep_timers))
        self.deadlines = Deadlines(agendas, self._notice, now, time.monotonic)
        leases = Leases(self.views_database, f"{os.getpid()}-{os.urandom(8).hex()}", now)
        self.drift = DriftCheck(self.views_database, leases, now)
        self.runner = Runner(self.deadlines, nightly=[Nightly("counters", self.drift.run, *DRIFT_CHECK)])
        self.sessions = Sessions(self.log_database, now=now, chance=chance)
        self.links = Links(lambda: self.vault.secret(LINKS))
        self.web = Web()
        self.identity = self._identity()
        self.outbox = Outbox(
            self.store,
            self.desk,
            self.showing,
            self.feed.recorded,
            _guard(settings),
            source=settings.public_url or "urn:plaint",
            now=now,
            chance=chance,
        )
        self._running: list[Worker | Outbox | Runner | Repeating] = []

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        now: Callable[[], datetime] = utc_now,
        chance: Callable[[int], bytes] = os.urandom,
        rebuilding: bool = False,
    ) -> Self:
        """Return a ready installation; an empty store is created, one of an older version refused.

        Read models that are ahead of the log are refused too, unless *rebuilding*.
        """
        _make_data_directory(settings)
        plaint = cls(settings, now=now, chance=chance)
        try:
            fresh = not migrations.check(plaint.log_database, "log")
            new_views = not migrations.check(plaint.views_database, "views")
            new_reads = not migrations.check(plaint.reads_database, "reads")
            if fresh or new_views or new_reads:
                plaint.migrate()
            else:
                plaint._find_vault()
                if plaint.store.position_of(Rules.ID) is None:
                    plaint._load_rules()  # another process has made the tables, and is about to fill them
                plaint._begin_directory()
            plaint.views.prepare()
            plaint.search.prepare_if_there()
            if not rebuilding:
                plaint.views.refuse_if_ahead()
        except DatabaseError as error:
            said = _unreachable(plaint, error)
            plaint.close()
            raise CannotStart(said) from None
        return plaint

    @classmethod
    def migrated(cls, settings: Settings, *, logs: int | None = None) -> Self:
        """Return an installation brought up to date, read models included, which has so many *logs*."""
        _make_data_directory(settings)
        plaint = cls(settings)
        try:
            plaint.migrate()
            if logs is not None:
                grow(plaint.log_database, logs, plaint.now())
                plaint.store.router.catalogue.forget()
            plaint.views.catch_up()
            if plaint.search.prepared:
                plaint.search.engine.catch_up()
        except VaultAway:
            pass  # it was told; the index is filled by a worker once the vault is there
        except LogsRefused as error:
            plaint.close()
            raise CannotStart(str(error)) from None
        except DatabaseError as error:
            said = _unreachable(plaint, error)
            plaint.close()
            raise CannotStart(said) from None
        return plaint

    def start(self, roles: Iterable[str]) -> None:
        """Start the background parts of *roles*, and listen to other processes."""
        self.feed.start()
        parts: dict[str, list[Worker | Outbox | Runner | Repeating]] = {
            "api": [Repeating("token-uses", self.uses.write, token_uses.SECONDS)],
            "worker": [
                self.worker,
                self.indexer,
                self.outbox,
                Repeating("leavers", self.leavers.run, leaver.SECONDS),
            ],
            "scheduler": [self.runner],
        }
        for part in (part for role in roles for part in parts.get(role, ())):
            part.start()
            self._running.append(part)

    def stop(self) -> None:
        """Stop what was started, in the opposite order, and let every connection go."""
        while self._running:
            self._running.pop().stop()
        self.uses.write_last()
        self.feed.stop()
        self.close()

    def wake(self) -> None:
        """Say that something was recorded, so that the read models follow at once."""
        self.feed.recorded.send()

    def _notice(self, orders: Mapping[UUID, Order]) -> Outcome:
        outcome = self.desk.command_all(orders, SCHEDULER)
        self.wake()
        return outcome

    def _identity(self) -> Identity | None:
        """Return the identity provider that the settings name, if they name one."""
        try:
            oidc = oidc_of(self.settings)
        except Misconfigured as error:
            raise CannotStart(str(error)) from None
        if oidc is None:
            return None
        return Identity(oidc, self.web, now=self.now, subjects=lambda: self.vault.secret(SUBJECTS))

    def migrate(self) -> None:
        """Bring every schema up to date and load the policies and calendars that ship."""
        migrations.migrate(self.log_database, "log", logs=self.settings.logs)
        migrations.migrate(self.views_database, "views")
        migrations.migrate(self.reads_database, "reads")
        self._find_vault()
        self.views.prepare()
        self.search.prepare_if_there()
        self._load_rules()
        self._begin_directory()

    def _find_vault(self) -> None:
        """Open the vault, or make it where nothing was ever sealed; the desk goes on without it."""
        try:
            if self.vault.exists() or not self._holds_sealed() or self.vault.exists():
                self.vault.begin()
            self.vault.refuse_unless_open()
        except VaultAway as error:
            log.error("vault_away", remedy=error.remedy)  # noqa: TRY400 - the sentence says all

    def _holds_sealed(self) -> bool:
        """Whether a sealed value is in the log; in a log with any, it is found among the first."""
        for number in self.store.logs:
            reached = 0
            while found := self.store.notifications(number, reached, SEALED_AT_ONCE):
                if any(b':{"sealed":"' in each.state for each in found):
                    return True
                reached = found[-1].id
        return False

    def _load_rules(self) -> None:
        """Load what ships; where another process does so at the same time, look again at what is missing."""
        for attempt in range(ATTEMPTS):
            rules = self.store.load(Rules, Rules.ID) or Rules()
            load_every_policy(rules, self.settings.data, self.desk.context("system:migrate"))
            try:
                self.store.append(rules)
            except LostTheRace:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                return

    def _begin_directory(self) -> None:
        directory.begin(self.store, self.desk.context("system:migrate"), self.settings.legal_entity)

    def close(self) -> None:
        """Write down what was read, and let every connection go."""
        self.streams.stop()
        self.readings.stop()
        self.reads_database.close()
        self.outbox.sender.stop()
        self.log_database.close()
        self.views_database.close()
        self.asked_database.close()
        self.search.close()
        self.vault.close()
        self.web.close()


def _open(url: str, connections: int, statement_seconds: float | None = None) -> Database:
    with _addresses():
        return Database(url, connections=connections, statement_seconds=statement_seconds)


def vault_of(settings: Settings, now: Callable[[], datetime] = utc_now) -> Vault:
    """Return the vault that *settings* name, found or not."""
    with _addresses():
        return Vault(settings.vault_database, KeyFile(settings.master_key), now=now)


def _guard(settings: Settings) -> Guard:
    try:
        return Guard(networks(settings.webhook_allow_private))
    except ValueError as error:
        raise CannotStart(f"PLAINT_WEBHOOK_ALLOW_PRIVATE: {error}") from None


@contextmanager
def _addresses() -> Generator[None]:
    try:
        yield
    except Exception as error:
        message = (
            "PLAINT_DATABASE_URL, PLAINT_VIEWS_URL, PLAINT_SEARCH_URL or PLAINT_VAULT_URL is not a database "
            "address; use postgresql+psycopg://user@host/name or leave it out."
        )
        raise CannotStart(message) from error


def _make_data_directory(settings: Settings) -> None:
    if not settings.keeps_files:
        return
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as error:
        message = (
            f"The data directory {settings.data} cannot be written ({error.strerror}); "
            "make it writable or set PLAINT_DATA to another one."
        )
        raise CannotStart(message) from None


def _unreachable(plaint: Plaint, error: DatabaseError) -> str:
    settings, variable = plaint.settings, "PLAINT_DATABASE_URL"
    if settings.embedded:
        return (
            f"The database in {settings.data} cannot be used ({error.orig}); "
            "see whether it is read-only, the disk full, or the file something else."
        )
    views = plaint.views_database
    if views is not plaint.log_database and _answers(plaint.log_database) > _answers(views):
        variable = "PLAINT_VIEWS_URL"
    return f"The database cannot be reached; check {variable} and that the server runs."


def _answers(database: Database) -> bool:
    try:
        with database.read() as connection:
            connection.exec_driver_sql("SELECT 1")
    except DatabaseError:
        return False
    return True
