"""Puts the parts together; the only module that knows them all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Self
from uuid import UUID

from sqlalchemy.exc import OperationalError

from adapters import calendars, migrations
from adapters.database import Database
from adapters.desk import Desk
from adapters.eventstore.store import CaseStore
from adapters.settings import Settings
from adapters.views.engine import ViewEngine
from adapters.views.queries import Queries
from adapters.worker import Worker
from domain.commands import NoticeMisses
from domain.configuration import Rules
from domain.policies import parse
from scheduler.runner import Deadlines, Runner

FIRST_YEAR, YEARS_AHEAD = 2010, 5
"""Calendars reach from the oldest case that is imported to some years beyond today."""


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
        self.log_database = _open(settings.log_database)
        same = settings.views_database == settings.log_database and not self.log_database.is_sqlite
        self.views_database = self.log_database if same else _open(settings.views_database)
        self.store = CaseStore(self.log_database)
        self.desk = Desk(self.store, now=now, chance=chance)
        self.views = ViewEngine(self.views_database, self.store)
        self.queries = Queries(self.views_database, self.views)
        self.worker = Worker(self.views)
        self.deadlines = Deadlines(self.queries, self._notice, now)
        self.runner = Runner(self.deadlines)
        self._running: list[Worker | Runner] = []

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
            if fresh or new_views:
                plaint.migrate()
            plaint.views.prepare()
            if not rebuilding:
                plaint.views.refuse_if_ahead()
        except OperationalError as error:
            raise CannotStart(_unreachable(settings, error)) from None
        return plaint

    @classmethod
    def migrated(cls, settings: Settings) -> Self:
        """Return an installation whose schemas were brought up to date."""
        _make_data_directory(settings)
        plaint = cls(settings)
        try:
            plaint.migrate()
        except OperationalError as error:
            raise CannotStart(_unreachable(settings, error)) from None
        return plaint

    def start(self, roles: Iterable[str]) -> None:
        """Start the background *roles*: ``worker`` and ``scheduler``."""
        for role in roles:
            part = {"worker": self.worker, "scheduler": self.runner}.get(role)
            if part is not None:
                part.start()
                self._running.append(part)

    def stop(self) -> None:
        """Stop what was started, in the opposite order, and let every connection go."""
        while self._running:
            self._running.pop().stop()
        self.close()

    def wake(self) -> None:
        """Say that something was recorded, so that the read models follow at once."""
        self.worker.wake()

    def _notice(self, case_id: UUID, command: NoticeMisses) -> None:
        self.desk.command(case_id, command, "system:scheduler")
        self.wake()

    def migrate(self) -> None:
        """Bring every schema up to date and load the policies and calendars that ship."""
        migrations.migrate(self.log_database, "log")
        migrations.migrate(self.views_database, "views")
        self.views.prepare()
        self._load_rules()

    def _load_rules(self) -> None:
        by = self.desk.context("system:migrate")
        rules = self.store.load(Rules, Rules.ID) or Rules()
        for name, text in shipped_policies().items():
            regime = parse(text, name)
            rules.load_policy(regime, text, by)
            rules.resolve_calendar(
                calendars.resolve(regime.calendar, FIRST_YEAR, self.now().year + YEARS_AHEAD), by
            )
        self.store.append(rules)

    def close(self) -> None:
        """Let every connection go."""
        self.log_database.close()
        self.views_database.close()


def shipped_policies() -> dict[str, str]:
    """Return the policy files that ship, by name."""
    folder = files("domain.policies")
    return {
        each.name: each.read_text("utf-8")
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".toml")
    }


def _open(url: str) -> Database:
    try:
        return Database(url)
    except Exception as error:
        message = (
            "PLAINT_DATABASE_URL or PLAINT_VIEWS_URL is not a database address; "
            "use postgresql+psycopg://user@host/name or leave it out."
        )
        raise CannotStart(message) from error


def _make_data_directory(settings: Settings) -> None:
    if not settings.embedded:
        return
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = settings.data / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = (
            f"The data directory {settings.data} cannot be written ({error.strerror}); "
            "make it writable or set PLAINT_DATA to another one."
        )
        raise CannotStart(message) from None


def _unreachable(settings: Settings, error: OperationalError) -> str:
    if settings.embedded:
        return (
            f"The database in {settings.data} cannot be used ({error.orig}); "
            "see whether it is read-only or the disk full."
        )
    return "The database cannot be reached; check PLAINT_DATABASE_URL and that the server runs."
