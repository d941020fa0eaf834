"""The vault: a data key for each subject and case, look-ups that need no text, secrets of the installation.

A process that holds a key in memory asks at most HEED seconds apart whether any key was
destroyed, before it uses one: no process seals or opens with a key longer than that after
its destruction was committed.  When the vault cannot be asked, nothing is opened.
"""

from __future__ import annotations

import hmac
import os
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from threading import RLock
from unicodedata import normalize
from uuid import UUID

from sqlalchemy import Table, delete, event, exc, func, make_url, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect

from adapters import migrations
from adapters.database import Database, postgres
from adapters.vault.errors import AnotherVault, KeyMissing, SealBroken, VaultAway, VaultMissing, VaultSilent
from adapters.vault.gathering import Gathering
from adapters.vault.kinds import Condition, DataKey, Identity
from adapters.vault.lock import Lock
from adapters.vault.making import Making
from adapters.vault.masterkey import MasterKeys
from adapters.vault.recent import Recent
from adapters.vault.scrubbing import overwrite_what_is_deleted, scrub
from adapters.vault.sealing import KEY_BYTES, NONCE_BYTES, FieldKey, Place, decoded, info_of, place_of
from adapters.vault.tables import SCHEMA, KeyColumn, VaultTables
from domain.errors import PersonalDataErased
from domain.privacy import Sealed

HEED = 1.0
"""Seconds for which a process trusts that no key was destroyed, and that a vault that was away still is."""
CONNECTIONS = 6
"""To a vault on PostgreSQL at most; a process asks it seldom, so mostly it has one."""
KEYS_AT_HAND = 2_048
FIELD_KEYS_AT_HAND = 2_048
BEGINNING = 0x7661756C
"""Advisory lock under which one process at a time begins a vault on PostgreSQL."""


class Vault:
    """Keys, kept apart from the record; *chance* makes them, and nothing else does."""

    def __init__(
        self,
        url: str,
        master: MasterKeys,
        *,
        now: Callable[[], datetime],
        chance: Callable[[int], bytes] = os.urandom,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.database = Database(url, connections=CONNECTIONS)
        self.where = (
            make_url(url).render_as_string() if not self.database.is_sqlite else make_url(url).database
        )
        self.tables = VaultTables(None if self.database.is_sqlite else SCHEMA)
        self.lock = Lock(master, self.tables)
        self.now, self.chance, self._steady = now, chance, steady
        self._making = Making(self.tables, self.lock, now=now, chance=chance)
        self._made_together = Gathering(self._make_all)
        self._dialect = sqlite_dialect if self.database.is_sqlite else postgresql
        self._guard = RLock()
        self._ready = self._belongs = False
        self.named: Callable[[], UUID | None] = lambda: None
        """Returns a key that the record names; a vault that lacks it is another one's."""
        self._failed: tuple[float, VaultAway] | None = None
        self._looked = -HEED
        self._by_id: Recent[UUID, DataKey] = Recent(KEYS_AT_HAND)
        self._by_case: Recent[UUID, DataKey] = Recent(KEYS_AT_HAND)
        self._fields: Recent[bytes, FieldKey] = Recent(FIELD_KEYS_AT_HAND)
        self._secrets: dict[str, bytes] = {}
        if self.database.is_sqlite:
            event.listen(self.database.engine, "connect", overwrite_what_is_deleted)

    def exists(self) -> bool:
        """Whether there is a vault; a SQLite file is not made by asking."""
        with self.answering():
            return self._has_file() and migrations.check(self.database, "vault")

    def begin(self) -> None:
        """Make the tables, and where the vault is new its lock; whoever comes second changes nothing."""
        with self.answering():
            migrations.migrate(self.database, "vault")
            with self.database.write() as connection:
                if not self.database.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": BEGINNING})
                if connection.execute(select(self.tables.state.c.one)).one_or_none() is None:
                    self.lock.begin(connection, self.now())
        self._failed = None

    def refuse_unless_open(self) -> None:
        """Raise VaultAway unless the vault is there and the master key opens it."""
        if self._ready:
            return
        with self._guard:
            if self._failed is not None and self._steady() - self._failed[0] < HEED:
                raise self._failed[1]
            try:
                if not self.exists():
                    raise VaultMissing(str(self.where))
                with self.answering(), self.database.read() as connection:
                    self.lock.verify(connection)
                self._refuse_another()
            except VaultAway as error:
                self._failed = self._steady(), error
                raise
            self._ready, self._failed = True, None

    def away(self) -> VaultAway | None:
        """Return why the vault cannot be had now, or None when it can."""
        try:
            self.refuse_unless_open()
            self._looked = self._steady() - HEED
            self._heed()
        except VaultAway as error:
            return error
        return None

    @property
    def generation(self) -> int | None:
        """Which keys are destroyed, as far as that is trusted now; None before it is asked again."""
        return self._fields.generation if self._steady() - self._looked < HEED else None

    def prepare(self, cases: Mapping[UUID, Identity | None]) -> None:
        """Have the keys of *cases* at hand, made by one transaction where there are none.

        An identity names the person that a case is of; the cases of one person have keys of
        their own under the same subject.  A case without one is a subject of its own.
        """
        self._heed()
        new = [case for case in cases if self._by_case.get(case) is None]
        if not new:
            return
        # Who brings an identity is new as a rule: that is asked in the transaction which makes the key.
        known = self._keys_of([case for case in new if cases[case] is None])
        if missing := {case: cases[case] for case in new if case not in known}:
            self._make(missing)

    def fetch(self, cases: Sequence[UUID]) -> None:
        """Have those keys of *cases* at hand that there are."""
        self._heed()
        self._keys_of([case for case in cases if self._by_case.get(case) is None])

    def seal(self, case: UUID, version: int, label: str, value: bytes) -> Sealed:
        """Return *value* sealed for a field of an event; raise PersonalDataErased when that has ended.

        Raises KeyError for a case that was not prepared.
        """
        self._heed()
        key = self._by_case.get(case) or self._keys_of([case])[case]
        if key.key is None:
            raise PersonalDataErased
        place = Place(key.id, case, version, label)
        # Nobody has had the key of this field, and whoever opens it is another process as a rule.
        return Sealed(sealed=FieldKey(key.key, place).seal(value, self.chance(NONCE_BYTES)))

    def open(
        self, sealed: Sealed, case: UUID, version: int | None = None, label: str | None = None
    ) -> bytes | None:
        """Return what was sealed, or None when its key was destroyed.

        Raises SealBroken when the value is damaged or was sealed for another case, or for
        another *version* or *label* where they are given.
        """
        kept = decoded(sealed.sealed)
        if version is not None or label is not None:
            place = place_of(kept, case)
            if version not in (None, place.version) or label not in (None, place.label):
                raise SealBroken
        self._heed()
        field = self._fields.get(info_of(kept, case)) or self._field_of(place_of(kept, case))
        return None if field is None else field.open(kept)

    def secret(self, name: str) -> bytes:
        """Return 32 bytes that this installation has under *name*, made at the first call."""
        if name not in self._secrets:
            self.refuse_unless_open()
            with self.answering():
                self._secrets[name] = self._kept_secret(name) or self._new_secret(name)
        return self._secrets[name]

    def lookup(self, kind: str, text: str) -> UUID | None:
        """Return the subject that is known by *text*, or None."""
        table = self.tables.lookups
        query = select(table.c.subject).where(table.c.hash == self._hash(Identity(kind, text)))
        with self.answering(), self.database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def subject_of(self, case: UUID) -> UUID | None:
        """Return whose case it is, or None when nothing personal was ever kept of it."""
        self._heed()
        found = self._by_case.get(case) or self._keys_of([case]).get(case)
        return None if found is None else found.subject

    def destroy(self, subject: UUID) -> int:
        """Destroy the keys of *subject* and what it is looked up by; return how many keys there were.

        The state comes first: whoever makes keys shares it.  Those who had begun are done by then, and
        their keys are destroyed too; the others wait, and find nobody under the look-up.
        """
        self.refuse_unless_open()
        keys, state, lookups = self.tables.data_keys, self.tables.state, self.tables.lookups
        alive = (keys.c.subject == subject) & keys.c.destroyed_at.is_(None)
        gone = update(keys).where(alive).values(wrapped=None, master_key=None, destroyed_at=self.now())
        with self.answering():
            with self.database.write() as connection:
                connection.execute(update(state).values(destroyed=state.c.destroyed + 1))
                count = len(connection.execute(gone.returning(keys.c.id)).all())
                connection.execute(delete(lookups).where(lookups.c.subject == subject))
            self._looked = self._steady() - HEED
            self._heed()
        self.scrub(self.tables.data_keys, self.tables.lookups)
        return count

    def condition(self) -> Condition:
        """Return what the vault holds; raise VaultAway when it cannot be opened."""
        self.refuse_unless_open()
        keys, secrets = self.tables.data_keys, self.tables.secrets
        with self.answering(), self.database.read() as connection:
            current = self.lock.verify(connection)
            count = select(func.count(keys.c.wrapped), func.count(keys.c.destroyed_at)).select_from(keys)
            alive, gone = connection.execute(count).one()
            others = sum(
                connection.execute(
                    select(func.count()).select_from(table).where(table.c.master_key != current)
                ).scalar_one()
                for table in (keys, secrets)
            )
        return Condition(current, alive, gone, others)

    def close(self) -> None:
        """Let every connection and every key go."""
        self.database.close()
        for recent in (self._by_id, self._by_case, self._fields):
            recent.clear(recent.generation)

    def _has_file(self) -> bool:
        path = self.database.engine.url.database
        return not self.database.is_sqlite or path in (None, "", ":memory:") or Path(path).exists()

    @contextmanager
    def answering(self) -> Generator[None]:
        try:
            yield
        except exc.IntegrityError:
            raise
        except (exc.ProgrammingError, *postgres("ProgrammingError")):
            self._ready = False
            raise VaultMissing(str(self.where)) from None
        except (exc.DBAPIError, exc.TimeoutError, sqlite3.Error, *postgres("Error")):
            raise VaultSilent(str(self.where)) from None

    def _heed(self) -> None:
        """Forget every key when one was destroyed since this was last asked."""
        now = self._steady()
        if now - self._looked < HEED:
            return
        if not self._has_file():
            self._ready = False  # a file that was deleted still answers those who had it open
        self.refuse_unless_open()
        with self.answering(), self.database.read() as connection:
            destroyed = connection.execute(select(self.tables.state.c.destroyed)).scalar_one_or_none()
        if destroyed is None:
            raise VaultMissing(str(self.where))
        if not self._belongs:
            self._refuse_another()
        if destroyed != self._fields.generation:
            # The keys of fields last: what is made of a data key once theirs is in force is made of one
            # that was asked for afterwards, and whoever finds one looks no further.
            for recent in (self._by_id, self._by_case, self._fields):
                recent.clear(destroyed)
        self._looked = now

    def _refuse_another(self) -> None:
        """Raise AnotherVault where the record names a key that was never here.

        While it names none it is asked again: so two that begin at once on an empty log, each with a
        vault of its own, find out.
        """
        named = self.named()
        if named is not None and not self._load("id", [named]):
            raise AnotherVault(str(self.where))
        self._belongs = named is not None

    def _field_of(self, place: Place) -> FieldKey | None:
        """Return the key of the field at *place*, None when it was destroyed."""
        generation = self._fields.generation
        key = self._by_id.get(place.key) or self._key(place.key)
        if key.case != place.case:
            raise SealBroken
        return None if key.key is None else self._field_key(key.key, place, generation)

    def _field_key(self, key: bytes, place: Place, generation: int) -> FieldKey:
        """Return the key of a field, made of a *key* that was found after *generation* was read."""
        made = FieldKey(key, place)
        self._fields.put(place.info, made, generation)
        return made

    def _key(self, id: UUID) -> DataKey:
        found = self._load("id", [id])
        if not found:
            raise KeyMissing
        return found[0]

    def _keys_of(self, cases: Sequence[UUID]) -> dict[UUID, DataKey]:
        return {key.case: key for key in self._load("case_id", cases)} if cases else {}

    def _load(self, column: KeyColumn, ids: Sequence[UUID]) -> list[DataKey]:
        generation = self._by_id.generation
        with self.answering():
            found = self._making.select(self.database.rows, column, ids)
        for key in found:
            self._by_id.put(key.id, key, generation)
            if column == "case_id":
                self._by_case.put(key.case, key, generation)
        return found

    def _make(self, cases: Mapping[UUID, Identity | None]) -> None:
        """Make a key for each of *cases*, at hand and durable when this returns.

        PostgreSQL flushes for several at a time by itself.  SQLite has one writer, each with a flush of
        its own, and a process that finds another one writing sleeps: those of one process share a commit.
        """
        hashes = {case: None if who is None else self._hash(who) for case, who in cases.items()}
        if self.database.is_sqlite:
            self._made_together(hashes)
        else:
            self._make_all([hashes])

    def _make_all(self, asked: Sequence[Mapping[UUID, bytes | None]]) -> None:
        """Make the keys by one commit; where another process was quicker, its key is taken."""
        hashes = {case: hash for each in asked for case, hash in each.items()}
        generation = self._by_id.generation
        keys = self._made_quickly(hashes, generation)
        if not keys:
            with self.answering(), self.database.driver_write() as connection:
                keys = self._making.make(connection, hashes)
        if keys is None:
            self._keys_of(list(hashes))
            return
        for key in keys:
            self._by_id.put(key.id, key, generation)
            self._by_case.put(key.case, key, generation)

    def _made_quickly(self, hashes: Mapping[UUID, bytes | None], destroyed: int) -> list[DataKey]:
        """Return the key of one case that somebody begins, where PostgreSQL makes it by one statement."""
        if self.database.is_sqlite or len(hashes) > 1:
            return []
        ((case, hash),) = hashes.items()
        if hash is None:
            return []
        with self.answering():
            made = self._making.make_quickly(self.database.rows, case, hash, destroyed)
        return [] if made is None else [made]

    def _hash(self, who: Identity) -> bytes:
        plain = normalize("NFKC", who.text).strip().casefold()
        return hmac.digest(self.secret("lookups"), f"{who.kind}\0{plain}".encode(), sha256)

    def _kept_secret(self, name: str) -> bytes | None:
        c = self.tables.secrets.c
        with self.database.read() as connection:
            row = connection.execute(select(c.wrapped, c.master_key).where(c.name == name)).one_or_none()
        return None if row is None else self.lock.unwrap(row.wrapped, row.master_key)

    def _new_secret(self, name: str) -> bytes:
        """Make a secret; where another process was quicker, its secret is taken."""
        with self.database.write() as connection:
            current = self.lock.current(connection)
            row: dict[str, object] = {"name": name, "master_key": current, "created_at": self.now()}
            row["wrapped"] = self.lock.wrap(self.chance(KEY_BYTES), current)
            connection.execute(self._dialect.insert(self.tables.secrets).on_conflict_do_nothing(), [row])
        kept = self._kept_secret(name)
        if kept is None:
            raise VaultMissing(str(self.where))
        return kept

    def scrub(self, *tables: Table) -> None:
        """Leave nothing of what was destroyed in *tables*, or in any, in the files of the database."""
        self.refuse_unless_open()
        with self.answering():
            scrub(self.database, self.tables, tables or self.tables.destroyed_from)
