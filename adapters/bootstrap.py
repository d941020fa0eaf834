"""Puts the parts together; the only module that knows them all."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, Self
from uuid import UUID

import structlog
from sqlalchemy.exc import DatabaseError

from adapters import directory, leaver, migrations, token_uses
from adapters.desk import Desk
from adapters.eventstore.catalogue import LogsRefused, grow
from adapters.eventstore.store import CaseStore
from adapters.feed import Feed
from adapters.files.parts import FileParts
from adapters.form_loading import load_every_form
from adapters.forms import Library
from adapters.identity.configuration import oidc_of
from adapters.identity.errors import Misconfigured
from adapters.identity.links import Links
from adapters.identity.sessions import Sessions
from adapters.leases import Leases
from adapters.leaver import Leavers
from adapters.live.hub import Hub
from adapters.live.tail import Tail
from adapters.memory import settle_first
from adapters.outbox.outbox import Outbox
from adapters.places import (
    CannotStart,
    addresses,
    asked,
    for_questions,
    guard_of,
    make_data_directory,
    opened,
    unreachable,
    utc_now,
    vault_of,
)
from adapters.policies import load_every_policy
from adapters.reactions.catalogue import every_reaction
from adapters.reactions.reactions import Reactions
from adapters.reading.log import ReadLog
from adapters.reading.record import Readings
from adapters.repeating import Repeating
from adapters.search.finding import Finding
from adapters.search.index import SearchIndex
from adapters.settings import Settings
from adapters.sittings import Sittings
from adapters.standing import Standing
from adapters.together import Outcome
from adapters.token_uses import TokenUses
from adapters.tokens import Admission
from adapters.vault.errors import VaultAway
from adapters.vault.naming import first_key_named
from adapters.vault.showing import Showing
from adapters.vault.upgrading import upgrade
from adapters.views.drift import DriftCheck
from adapters.views.due import CLOCKS, TIMERS, DueIndex
from adapters.views.engine import ViewEngine
from adapters.views.issues import Issues
from adapters.views.queries import Queries
from adapters.views.staff import Staff
from adapters.web import Web
from adapters.worker import Worker
from domain.configuration import Rules
from domain.errors import LostTheRace
from domain.forms.loading import Forms
from scheduler.deadlines import Agenda, Deadlines, Order
from scheduler.runner import Nightly, Runner
from scheduler.sweep import sweep, sweep_timers

if TYPE_CHECKING:
    from adapters.identity.identity import Identity

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
SEARCH_PACE = 0.1
"""Seconds of rest between two rounds of the index: nobody waits for it as for the lists."""
QUESTION_SECONDS = 5.0
"""Seconds for which a question to the read models may take; longer ones are broken off."""


class Running(Protocol):
    """A part that works in the background."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


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
        self.log_database = opened(settings.log_database, settings.pool)
        same = settings.views_database == settings.log_database and not self.log_database.is_sqlite
        self.views_database = self.log_database if same else opened(settings.views_database, settings.pool)
        self.side_by_side = same
        """Whether one question may be put to the read models and the logs together."""
        apart = settings.reads_database != settings.log_database
        self.reads_database = opened(settings.reads_database, settings.pool) if apart else self.log_database
        self.vault = vault_of(settings, now)
        self.readings = Readings(ReadLog(self.reads_database, self.vault), now=now)
        self.showing = Showing(self.vault)
        self.store = CaseStore(self.log_database, self.vault)
        self.desk = Desk(self.store, now=now, chance=chance, secret=lambda: self.vault.secret(RECEIPTS))
        self.forms = Library(self.store)
        self.feed = Feed(self.log_database)
        self.views = ViewEngine(self.views_database, self.store, now=now, moved=self.feed.moved)
        self.asked_database = asked(settings.views_database, for_questions(settings.pool), QUESTION_SECONDS)
        self.queries = Queries(self.asked_database, self.views)
        self.issues = Issues(self.queries)
        self.tail = Tail(self.store, self.views, self.queries)
        self.streams = Hub(self.tail, self.feed.moved)
        self.staff = Staff(self.queries)
        self.uses = TokenUses(self.views_database)
        self.standing = Standing(self.store, self.views, self.queries, self.staff)
        self.admission = Admission(self.standing, self.uses, now)
        self.sittings = Sittings(self.desk, now)
        self.leavers = Leavers(self)
        self.worker = Worker(self.views, self.feed.recorded)
        with addresses():
            self.search = SearchIndex(
                settings.search_database, self.store, self.vault, now, moved=self.feed.moved
            )
        self.finding = Finding(self.search)
        again = self.search.prepare_again
        self.indexer = Worker(
            self.search.engine, self.feed.recorded, "search", prepare=again, pace=SEARCH_PACE
        )
        one_file = self.log_database.is_sqlite and settings.views_database == settings.log_database
        self.due = DueIndex(self.views_database, CLOCKS, exclusive=not one_file)
        self.timers = DueIndex(self.views_database, TIMERS, exclusive=not one_file)
        agendas = (Agenda(self.due, sweep), Agenda(self.timers, sweep_timers))
        self.deadlines = Deadlines(agendas, self._notice, now, time.monotonic)
        leases = Leases(self.views_database, f"{os.getpid()}-{os.urandom(8).hex()}", now)
        self.drift = DriftCheck(self.views_database, leases, now)
        self.attachments = FileParts(
            settings, self.desk, self.vault, views=self.views, feed=self.feed, leases=leases
        )
        nightly = [Nightly("counters", self.drift.run, *DRIFT_CHECK), *self.attachments.nightly]
        self.runner = Runner(self.deadlines, nightly=nightly)
        self.sessions = Sessions(self.log_database, now=now, chance=chance)
        self.links = Links(lambda: self.vault.secret(LINKS))
        self.web = Web()
        self.identity = self._identity()
        self.outbox = Outbox(
            self.store,
            self.desk,
            self.showing,
            self.feed.recorded,
            guard_of(settings),
            source=settings.public_url or "urn:plaint",
            now=now,
            chance=chance,
        )
        self.reactions = Reactions(self.store, self.desk, every_reaction(self), self.feed.recorded, now=now)
        self._running: list[Running] = []

    @cached_property
    def index_beside(self) -> bool:
        """Whether one question may be put to the read models, the logs and the search index together."""
        return self.side_by_side and self.settings.search_database == self.settings.views_database

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
        make_data_directory(settings)
        plaint = cls(settings, now=now, chance=chance)
        try:
            fresh = not migrations.check(plaint.log_database, "log")
            new_views = not migrations.check(plaint.views_database, "views")
            new_reads = not migrations.check(plaint.reads_database, "reads")
            if fresh or new_views or new_reads:
                plaint.migrate()
            else:
                plaint._find_vault()
                if None in map(plaint.store.position_of, (Rules.ID, Forms.ID)):
                    plaint._load_rules()  # another process has made the tables, and is about to fill them
                plaint._begin_directory()
                plaint.reactions.prepare()
            plaint.views.prepare()
            plaint.search.prepare_if_there()
            if not rebuilding:
                plaint.views.refuse_if_ahead()
        except DatabaseError as error:
            said = plaint._unreachable(error)
            plaint.close()
            raise CannotStart(said) from None
        settle_first()
        return plaint

    @classmethod
    def migrated(cls, settings: Settings, *, logs: int | None = None) -> Self:
        """Return an installation brought up to date, read models included, which has so many *logs*."""
        make_data_directory(settings)
        plaint = cls(settings)
        try:
            plaint.migrate()
            if logs is not None:
                grow(plaint.log_database, logs, plaint.now())
                plaint.store.router.catalogue.forget()
                plaint.reactions.prepare()
            plaint.views.catch_up()
            if plaint.search.prepared:
                plaint.search.engine.catch_up()
        except VaultAway:
            pass  # it was told; the index is filled by a worker once the vault is there
        except LogsRefused as error:
            plaint.close()
            raise CannotStart(str(error)) from None
        except DatabaseError as error:
            said = plaint._unreachable(error)
            plaint.close()
            raise CannotStart(said) from None
        return plaint

    def _unreachable(self, error: DatabaseError) -> str:
        return unreachable(self.settings, self.log_database, self.views_database, error)

    def start(self, roles: Iterable[str]) -> None:
        """Start the background parts of *roles*, and listen to other processes."""
        self.feed.start()
        parts: dict[str, list[Running]] = {
            "api": [Repeating("token-uses", self.uses.write, token_uses.SECONDS)],
            "worker": [
                self.worker,
                self.indexer,
                self.outbox,
                *self.attachments.workers,
                self.reactions,
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
        from adapters.identity.identity import Identity  # its libraries are for those who have a provider

        return Identity(
            oidc,
            self.web,
            now=self.now,
            subjects=lambda: self.vault.secret(SUBJECTS),
            users=self.admission.signed_in,
        )

    def migrate(self) -> None:
        """Bring every schema up to date and load the policies, calendars and forms that ship."""
        migrations.migrate(self.log_database, "log", logs=self.settings.logs)
        migrations.migrate(self.views_database, "views")
        migrations.migrate(self.reads_database, "reads")
        self._find_vault(older=True)
        self.reactions.prepare()
        self.views.prepare()
        self.search.prepare_if_there()
        self._load_rules()
        self._begin_directory()

    def _find_vault(self, *, older: bool = False) -> None:
        """Open the vault, even an *older* one; make it where nothing was ever sealed, or go on without."""
        self.vault.named = lambda: first_key_named(self.store)
        try:
            if older:
                upgrade(self.vault)
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
            forms = self.store.load(Forms, Forms.ID) or Forms()
            by = self.desk.context("system:migrate")
            load_every_policy(rules, self.settings.data, by)
            load_every_form(forms, self.settings.data, by)
            try:
                self.store.append(rules, forms)
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
