"""What is saved of a batch: the rows of its cases, their words, and the hashes of who is named.

All of it goes into the transaction that moves the cursors.  Personal texts are opened with the
vault on the way; while it is away the batch is not saved, and waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import structlog
from pydantic import BaseModel
from pydantic_core import from_json
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.search import tables
from adapters.search.people import People
from adapters.search.words import GAP, fitting, folded, joined
from adapters.vault.errors import KeyMissing, SealBroken
from adapters.vault.vault import Vault
from adapters.views.rows import KEYS_AT_ONCE, Rows
from adapters.views.tables import View
from domain.privacy import Erased, Sealed
from projections.search import PEOPLE, PUBLIC, TOLD, Passage, SearchRow

log = structlog.get_logger()

FURTHEST, MOST_PLACES = 16_383, 255
"""Where PostgreSQL stops to count the places of words, and how many it keeps of each."""


@dataclass
class Said:
    """What a batch says on one case: folded texts by field, and hashes with the fields they stand for."""

    texts: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    people: set[tuple[bytes, str]] = field(default_factory=set[tuple[bytes, str]])
    sealed: int = 0
    erased: int = 0

    @property
    def forgotten(self) -> bool:
        """Whether the keys of all that it says of a person are destroyed."""
        return 0 < self.sealed == self.erased


class Opening:
    """Opens what is sealed, folds what is said, and hashes who is named."""

    def __init__(self, vault: Vault, people: People) -> None:
        self.vault, self.people = vault, people

    def said(self, rows: Sequence[SearchRow]) -> dict[UUID, Said]:
        """Return what is said on each case, with what can still be opened; raise VaultAway."""
        self.vault.fetch([row.id for row in rows if any(_is_sealed(each.text) for each in row.said)])
        return {row.id: self._of(row) for row in rows if row.said}

    def _of(self, row: SearchRow) -> Said:
        found = Said()
        for passage in row.said:
            personal = passage.field not in PUBLIC
            said = self._texts(row.id, passage)
            texts = said or []
            found.sealed += personal
            found.erased += personal and said is None
            if passage.field in PEOPLE:
                hashes = (self.people.of_field(passage.field, each) for each in texts)
                found.people.update((each, passage.field) for each in hashes if each)
            elif passage.field == "category":
                found.texts[passage.field] = [folded(each) for each in texts]
            else:
                found.texts.setdefault(passage.field, []).extend(folded(each) for each in texts)
        return found

    def _texts(self, case: UUID, passage: Passage) -> list[str] | None:
        """Return the texts of a passage: None when its key is destroyed, none when it cannot be opened.

        One that is damaged, or whose key the vault lacks, is told and passed over: the rest of the
        case and of the log is found all the same.
        """
        value = passage.text
        if isinstance(value, Sealed):
            try:
                opened = self.vault.open(value, case)
            except (SealBroken, KeyMissing) as error:
                log.error("sealed_value_not_indexed", case_id=str(case), error=type(error).__name__)  # noqa: TRY400 - a traceback may quote a person
                return []
            value = None if opened is None else from_json(opened)
        if value is None or isinstance(value, Erased):
            return None
        return list(_leaves(value))


def _leaves(value: object) -> Iterator[str]:
    """Yield the texts that *value* is or holds, at any depth; what is true or false is none."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    if isinstance(value, list | tuple):
        for each in cast("Iterable[object]", value):
            yield from _leaves(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _is_sealed(value: object) -> bool:
    return isinstance(value, Sealed)


class SearchRows(Rows):
    """The rows of the index as one transaction sees and changes them."""

    def __init__(self, connection: Connection, view: View, slot: str, opening: Opening) -> None:
        super().__init__(connection, view, slot)
        self.opening = opening

    def save(self, rows: Iterable[Any]) -> None:
        """Put *rows* where they belong, with what is said on them."""
        entries: list[SearchRow] = list(rows)
        said = self.opening.said(entries)
        super().save(entries)
        keys = self._keys(list(said))
        forgotten = [keys[id] for id, each in said.items() if each.forgotten]
        if forget(self.connection, forgotten):
            scrub(self.connection)
        self._add({keys[id]: each for id, each in said.items()})

    def _keys(self, ids: Sequence[UUID]) -> dict[UUID, int]:
        c = tables.cases.c
        return {
            row.id: row.key
            for start in range(0, len(ids), KEYS_AT_ONCE)
            for row in self.connection.execute(
                select(c.id, c.key).where(c.slot == self.slot, c.id.in_(ids[start : start + KEYS_AT_ONCE]))
            )
        }

    def _add(self, said: Mapping[int, Said]) -> None:
        """Add what is said to what is there; a category takes the place of the one before."""
        there = texts_of(self.connection, [key for key, each in said.items() if each.texts])
        new = {
            key: {
                name: _longer(there.get(key, {}).get(name, ""), name, each.texts.get(name, []))
                for name in tables.FIELDS
            }
            for key, each in said.items()
            if each.texts
        }
        put(self.connection, new)
        hashes: list[dict[str, object]] = [
            {"hash": hash, "key": key, "field": name}
            for key, each in said.items()
            for hash, name in sorted(each.people)
        ]
        if hashes:
            kind = postgresql if self.connection.dialect.name == "postgresql" else sqlite
            self.connection.execute(kind.insert(tables.people).on_conflict_do_nothing(), hashes)


def _longer(before: str, name: str, new: Sequence[str]) -> str:
    return new[-1] if name == "category" and new else joined([before, *new])


def texts_of(connection: Connection, keys: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the folded texts by field that are kept of each case."""
    found: dict[int, dict[str, str]] = {}
    is_sqlite = connection.dialect.name == "sqlite"
    key, table = (tables.fts.c.rowid, tables.fts) if is_sqlite else (tables.words.c.key, tables.words)
    columns = [table.c[name] for name in tables.FIELDS]
    for start in range(0, len(keys), KEYS_AT_ONCE):
        query = select(key.label("its_key"), *columns).where(key.in_(keys[start : start + KEYS_AT_ONCE]))
        for row in connection.execute(query).mappings():
            found[row["its_key"]] = {name: row[name] for name in tables.FIELDS}
    return found


def put(connection: Connection, texts: Mapping[int, Mapping[str, str]]) -> None:
    """Keep *texts*, by case and field, in place of what was there."""
    values = [(key, fitting({name: each[name] for name in tables.FIELDS})) for key, each in texts.items()]
    if not values:
        return
    names = ", ".join(tables.FIELDS)
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * (1 + len(tables.FIELDS)))
        statement = f"INSERT OR REPLACE INTO words (rowid, {names}) VALUES ({marks})"  # noqa: S608 - names of ours
        connection.exec_driver_sql(statement, [(key, *each.values()) for key, each in values])
        return
    marks = ", ".join(["%s"] * (1 + len(tables.FIELDS)))
    news = ", ".join(f"{name} = excluded.{name}" for name in (*tables.FIELDS, "public", "everything"))
    statement = (
        f"INSERT INTO words (key, {names}, public, everything) "  # noqa: S608 - names of ours
        f"VALUES ({marks}, %s::tsvector, %s::tsvector) ON CONFLICT (key) DO UPDATE SET {news}"
    )
    connection.exec_driver_sql(
        statement,
        [
            (key, *each.values(), vector(each[name] for name in PUBLIC), vector(each.values()))
            for key, each in values
        ],
    )


def vector(texts: Iterable[str]) -> str:
    """Return folded *texts* as PostgreSQL writes a tsvector; no phrase spans two of them."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(f" {GAP} ".join(texts).split(), start=1):
        kept = places.setdefault(word, [])
        if len(kept) < MOST_PLACES:
            kept.append(str(min(place, FURTHEST)))
    places.pop(GAP, None)
    return " ".join(f"'{word}':{','.join(kept)}" for word, kept in places.items())


def forget(connection: Connection, keys: Sequence[int]) -> bool:
    """Take away all that concerns a person of the cases under *keys*; say whether anything did.

    What concerns nobody stays.
    """
    kept = texts_of(connection, keys)
    personal = {key for key, each in kept.items() if any(each[name] for name in TOLD)}
    put(connection, {key: dict.fromkeys(TOLD, "") | _public(kept[key]) for key in personal})
    named = 0
    for start in range(0, len(keys), KEYS_AT_ONCE):
        some = keys[start : start + KEYS_AT_ONCE]
        named += connection.execute(delete(tables.people).where(tables.people.c.key.in_(some))).rowcount
    return bool(personal or named)


def _public(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: texts[name] for name in PUBLIC}


def scrub(connection: Connection) -> None:
    """Merge SQLite's index into one piece, so that no words are left in it that were taken out."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO words(words) VALUES ('optimize')")
