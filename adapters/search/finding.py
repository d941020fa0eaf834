"""Cases found by a question, as far as they exist for who asks.

First the case of that reference, then those of that person, then by how well the words fit,
the newest first among equals.

How well they fit is said by the case alone: how often they stand in it, and where.  What is rare
among all cases counts no more (no BM25), since that would tell of cases which the reader does not see.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Select,
    Text,
    TextClause,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from adapters.search import question as asking
from adapters.search import tables
from adapters.search.index import SearchIndex
from adapters.search.question import Question
from adapters.search.rows import texts_of
from adapters.views.queries import refuse_unbuilt
from adapters.views.scoping import within
from domain.access import Principal, Sensitivity, Sight
from projections.search import PUBLIC

MOST_HITS = 10_000
"""Hits that are put in order: of more, those whose case came last into the index."""
BY_REFERENCE, BY_PERSON, BY_WORDS = range(3)
WEIGHTS = {"category": 4, "details": 2, "desired_outcome": 2}
"""What a word counts where it stands, 1 where nothing is said."""
MOST_COUNTED = 3
"""How often a word counts in one field."""
SHAPES = 256
"""Scores that are kept at hand: one for each number of words, phrases and prefixes that is asked for."""


class Reach(NamedTuple):
    """A part of the cases that is looked through alike."""

    personal: bool
    """Whether also what concerns a person is looked through."""
    sensitive: bool | None = None
    """Only cases kept closer than others, only the others, or with None both."""


class Place(NamedTuple):
    """Where a hit stands in the order of all."""

    tier: int
    score: float
    received_at: datetime
    id: UUID


@dataclass(frozen=True)
class Hit:
    """A case that was found, where it stands, and the fields that it was found by."""

    place: Place
    matched: tuple[str, ...]


@dataclass(frozen=True)
class Among:
    """Which cases are looked among; None and empty mean any."""

    kind: str | None = None
    team: str | None = None
    status: Sequence[str] = ()


class Finding:
    """Questions to the index; raises NotBuilt while there is none, Unsearchable where nothing is asked."""

    def __init__(self, index: SearchIndex) -> None:
        self.index = index

    def hits(
        self,
        who: Principal,
        text: str,
        among: Among,
        *,
        limit: int,
        after: Place | None = None,
        purpose: str | None = None,
    ) -> list[Hit]:
        """Return up to *limit* cases that *who* may find for *purpose*, the best first, beyond *after*."""
        wanted = _Wanted(self.index, who, asking.parsed(text), among, purpose)
        with self.index.database.read() as connection:
            found = connection.execute(wanted.ordered(limit, after)).all()
            refuse_unbuilt(connection, tables.SEARCH_VIEW, found)
            matched = wanted.matched(connection, found)
            places = [Place(row.tier, row.score, row.received_at, row.id) for row in found]
        return [Hit(place, matched[place.id]) for place in places]

    def ids(self, who: Principal, text: str, among: Among, purpose: str | None = None) -> list[UUID]:
        """Return the cases that *who* may find for *purpose*, at most MOST_HITS, in no order."""
        wanted = _Wanted(self.index, who, asking.parsed(text), among, purpose)
        with self.index.database.read() as connection:
            found = [row.id for row in connection.execute(wanted.some())]
            refuse_unbuilt(connection, tables.SEARCH_VIEW, found)
        return found


class _Wanted:
    """One question of one reader, as statements."""

    def __init__(
        self, index: SearchIndex, who: Principal, question: Question, among: Among, purpose: str | None
    ) -> None:
        self.is_sqlite, self.question, self.among, self.who = index.database.is_sqlite, question, among, who
        self.reaches = _reaches(who, purpose)
        self.personal = self.reaches[0].personal
        people, whole = index.people, question.whole
        self.whole = list(people.meant(whole)) if self.personal and whole else []
        self.named = [people.email(each) for each in question.emails] if self.personal else []

    def some(self) -> Select[tuple[UUID]]:
        """Select the ids alone."""
        return select(self._found().c.id).distinct().limit(MOST_HITS)

    def ordered(self, limit: int, after: Place | None) -> Select[Any]:
        """Select hits in order, each case once, where it stands best."""
        found = self._found()
        tier, score = func.min(found.c.tier).label("tier"), func.max(found.c.score).label("score")
        columns = (found.c.id, found.c.key, found.c.sensitivity, found.c.received_at)
        once = select(*columns, tier, score).group_by(*columns).subquery("once")
        c = once.c
        query = select(once).order_by(c.tier, c.score.desc(), c.received_at.desc(), c.id.desc()).limit(limit)
        return query if after is None else query.where(_beyond(c, after))

    def matched(self, connection: Connection, rows: Sequence[Any]) -> dict[UUID, tuple[str, ...]]:
        """Return by which fields each case is found."""
        keys = {row.id: row.key for row in rows}
        fields = {row.id: _fields(personal=self._looks_into(row.sensitivity)) for row in rows}
        texts = texts_of(connection, list(keys.values()))
        named = self._fields_of_people(connection, list(keys.values()))
        referred = self._referred(connection)
        found: dict[UUID, tuple[str, ...]] = {}
        for id, key in keys.items():
            said = texts.get(key, {})
            by_words = [f for f in fields[id] if any(t.within(said.get(f, "")) for t in self.question.wanted)]
            reference = ["reference"] if id in referred else []
            people = named.get(key, ()) if fields[id] is tables.FIELDS else ()
            found[id] = (*reference, *people, *by_words)
        return found

    def _looks_into(self, sensitivity: str) -> bool:
        """Whether what concerns a person is looked through in a case of that level."""
        closer = sensitivity != Sensitivity.NORMAL
        return any(each.personal and each.sensitive in (None, closer) for each in self.reaches)

    def _referred(self, connection: Connection) -> set[UUID]:
        if self.question.reference is None:
            return set()
        c = tables.cases.c
        return set(connection.execute(select(c.id).where(c.reference == self.question.reference)).scalars())

    def _fields_of_people(self, connection: Connection, keys: Sequence[int]) -> dict[int, list[str]]:
        hashes, c = [*self.whole, *self.named], tables.people.c
        if not hashes:
            return {}
        found: dict[int, list[str]] = {}
        query = select(c.key, c.field).where(c.hash.in_(hashes), c.key.in_(keys)).distinct()
        for row in connection.execute(query.order_by(c.key, c.field)):
            found.setdefault(row.key, []).append(row.field)
        return found

    def _found(self) -> CTE:
        """Return all hits: a case may be there by its reference, its person and its words."""
        c, question = tables.cases.c, self.question
        tiers = list[Select[Any]]()
        if question.reference is not None:
            tiers.append(self._tier(BY_REFERENCE).where(c.reference == question.reference))
        for reach in self.reaches:
            tiers.extend(self._within(reach))
        if not tiers:
            tiers.append(self._tier(BY_WORDS).where(literal_column("1 = 0")))
        bounded = [each.subquery().select() for each in tiers]
        return union_all(*bounded).cte("found")

    def _within(self, reach: Reach) -> Iterable[Select[Any]]:
        """Yield the hits by person and by words in a part of the cases."""
        question, level = self.question, tables.cases.c.sensitivity
        # As a literal: the index of cases kept closer is of no use to a question that might mean another.
        normal = level == literal_column(f"'{Sensitivity.NORMAL.value}'")
        only = [] if reach.sensitive is None else [not_(normal) if reach.sensitive else normal]
        if reach.personal and self.whole:
            yield self._tier(BY_PERSON).where(self._of_person(self.whole), *only)
        named = [self._of_person([each]) for each in self.named] if reach.personal else []
        if question.wanted and (not question.emails or reach.personal):
            yield self._by_words(personal=reach.personal).where(*named, *only)
        elif named:
            yield self._tier(BY_WORDS).where(*named, *self._without(), *only)

    def _tier(self, tier: int) -> Select[Any]:
        """Select cases that exist for who asks, the last that came first, with no score."""
        nothing = cast(literal(0.0), Double)
        return self._cases(tier, nothing).order_by(tables.cases.c.key.desc())

    def _cases(self, tier: int, score: ColumnElement[Any]) -> Select[Any]:
        c = tables.cases.c
        told: list[ColumnElement[Any]] = [literal(tier, Integer).label("tier"), score.label("score")]
        return (
            select(c.id, c.key, c.sensitivity, c.received_at, *told)
            .where(tables.SEARCH_VIEW.live, *self._exist())
            .limit(MOST_HITS)
        )

    def _exist(self) -> Iterable[ColumnElement[bool]]:
        c, among = tables.cases.c, self.among
        yield within(self.who.scope, team=c.team, legal_entity=c.legal_entity, sensitivity=c.sensitivity)
        if among.kind is not None:
            yield c.kind == among.kind
        if among.team is not None:
            yield c.team == among.team
        if among.status:
            yield c.status.in_(among.status)

    def _of_person(self, hashes: Sequence[bytes]) -> ColumnElement[bool]:
        c = tables.people.c
        return tables.cases.c.key.in_(select(c.key).where(c.hash.in_(hashes)))

    def _by_words(self, *, personal: bool) -> Select[Any]:
        c = tables.cases.c
        query = self._cases(BY_WORDS, cast(self._score(_fields(personal=personal)), Double))
        if self.is_sqlite:
            match = asking.for_sqlite(self.question, personal=personal)
            name = "everything" if personal else "public"
            hit = text(f"words MATCH :{name}").bindparams(**{name: match})
            query = query.join(tables.fts, tables.fts.c.rowid == c.key).where(hit)
            return query.order_by(tables.fts.c.rowid.desc())
        vector = tables.words.c.everything if personal else tables.words.c.public
        match = _tsquery(asking.for_postgresql(self.question))
        query = query.join(tables.words, tables.words.c.key == c.key).where(vector.op("@@")(match))
        return query.order_by(c.key.desc())

    def _score(self, fields: Sequence[str]) -> TextClause:
        """Return how well a case fits: how often each word stands in each field, weighed by the field."""
        terms = [term.patterns for term in dict.fromkeys(self.question.wanted)]
        said = _score(tuple(fields), tuple(map(len, terms)), is_sqlite=self.is_sqlite)
        return said.bindparams(**dict(zip(_names(map(len, terms)), chain(*terms), strict=True)))

    def _without(self) -> Iterable[ColumnElement[bool]]:
        """Yield the condition that no unwanted word is there, where only people are asked for."""
        if not self.question.unwanted:
            return
        if self.is_sqlite:
            hit = text("words MATCH :none").bindparams(none=asking.unwanted_on_sqlite(self.question))
            yield tables.cases.c.key.not_in(select(tables.fts.c.rowid).where(hit))
            return
        words = tables.words.c
        match = _tsquery(asking.unwanted_on_postgresql(self.question))
        yield tables.cases.c.key.not_in(select(words.key).where(words.everything.op("@@")(match)))


def _reaches(who: Principal, purpose: str | None) -> tuple[Reach, ...]:
    """Return what *who* looks through: what concerns a person as they see it of a case they open.

    A case that is opened only for a purpose is found without one by what concerns nobody.
    """
    if Sight.PERSONAL not in who.sights(purpose):
        return (Reach(personal=False),)
    if purpose is not None or who.scope.levels == frozenset({Sensitivity.NORMAL}):
        return (Reach(personal=True),)
    return Reach(personal=True, sensitive=False), Reach(personal=False, sensitive=True)


def _fields(*, personal: bool) -> tuple[str, ...]:
    return tables.FIELDS if personal else PUBLIC


def _names(numbers: Iterable[int]) -> Iterator[str]:
    """Yield the name of each pattern of terms that have so many."""
    return (f"pattern_{term}_{n}" for term, number in enumerate(numbers) for n in range(number))


@lru_cache(maxsize=SHAPES)
def _score(fields: tuple[str, ...], numbers: tuple[int, ...], *, is_sqlite: bool) -> TextClause:
    """Return the score by words in *fields*, of terms of which each has so many patterns.

    A word that follows on itself counts once, and each only so often: who repeats it does not win.
    """
    # Words rather than a tree of hundreds of elements, which costs more than all else that is asked.
    least = "min" if is_sqlite else "least"
    names, counts = _names(numbers), list[str]()
    for number in numbers:
        term = list(islice(names, number))
        for field in fields:
            count = " + ".join(_count(field, name) for name in term)
            counts.append(f"{least}({count}, {MOST_COUNTED}) * {WEIGHTS.get(field, 1)}")
    return text(" + ".join(counts)).bindparams(*(bindparam(name, type_=Text) for name in _names(numbers)))


def _count(field: str, name: str) -> str:
    """Return how often the pattern of that *name* stands in the text of *field*."""
    padded = f"' ' || words.{field} || ' '"
    return f"(length({padded}) - length(replace({padded}, :{name}, ''))) / length(:{name})"


def _tsquery(said: str) -> ColumnElement[Any]:
    return cast(literal(said, Text), TSQUERY)


def _beyond(c: Any, after: Place) -> ColumnElement[bool]:
    """Return the condition that a hit stands behind *after*."""
    score = cast(literal(after.score), Double)
    later = or_(c.received_at < after.received_at, and_(c.received_at == after.received_at, c.id < after.id))
    return or_(
        c.tier > after.tier, and_(c.tier == after.tier, or_(c.score < score, and_(c.score == score, later)))
    )
