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
from typing import Any, NamedTuple
from uuid import UUID

from adapters.eventstore.appending import instant, moment
from adapters.search import question as asking
from adapters.search import tables
from adapters.search.index import SearchIndex
from adapters.search.question import Question
from adapters.views.queries import NotBuilt
from adapters.views.scoping import admitted
from adapters.views.tables import live
from domain.access import Principal, Sensitivity, Sight
from projections.search import PUBLIC, SEARCH

MOST_HITS = 10_000
"""Hits that are put in order: of more, those whose case came last into the index."""
BY_REFERENCE, BY_PERSON, BY_WORDS = range(3)
WEIGHTS = {"category": 4, "details": 2, "desired_outcome": 2}
"""What a word counts where it stands, 1 where nothing is said."""
MOST_COUNTED = 3
"""How often a word counts in one field."""
SHAPES = 256
"""Scores that are kept at hand: one for each number of words, phrases and prefixes that is asked for."""
_SLOT = str(live(SEARCH))
_TEXTS = ", ".join(f"words.{name}" for name in tables.FIELDS)
_ORDER = "tier, score DESC, received_at DESC, id DESC"


class Clause(NamedTuple):
    """A piece of a statement, with ``?`` for each of its values.

    The statement is put together as text: as a tree of SQLAlchemy's it took longer than its answer.
    """

    text: str
    values: Sequence[object] = ()


NO_SCORE = Clause("CAST(0 AS DOUBLE PRECISION)")


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
        return [wanted.hit(row) for row in self._rows(wanted.ordered(limit, after))]

    def ids(self, who: Principal, text: str, among: Among, purpose: str | None = None) -> list[UUID]:
        """Return the cases that *who* may find for *purpose*, at most MOST_HITS, in no order."""
        wanted = _Wanted(self.index, who, asking.parsed(text), among, purpose)
        return [wanted.id(row) for row in self._rows(wanted.some())]

    def _rows(self, asked: Clause) -> Sequence[Any]:
        database = self.index.database
        # A word that half of all cases have is looked for otherwise than one that few have.
        found = database.answers(asked.text, asked.values, anew=True)
        if not found and database.answers(f"SELECT {_SLOT}", ()) == [(None,)]:
            raise NotBuilt(SEARCH.name)
        return found


class _Wanted:
    """One question of one reader, as statements, and what their rows say."""

    def __init__(
        self, index: SearchIndex, who: Principal, question: Question, among: Among, purpose: str | None
    ) -> None:
        self.is_sqlite, self.question, self.among, self.who = index.database.is_sqlite, question, among, who
        self.reaches = _reaches(who, purpose)
        self.personal = self.reaches[0].personal
        people, whole = index.people, question.whole
        self.whole = list(people.meant(whole)) if self.personal and whole else []
        self.named = [people.email(each) for each in question.emails] if self.personal else []

    def some(self) -> Clause:
        """Ask for the ids alone."""
        found = self._found()
        return Clause(f"SELECT DISTINCT id FROM ({found.text}) AS found LIMIT {MOST_HITS}", found.values)  # noqa: S608 - names of ours

    def ordered(self, limit: int, after: Place | None) -> Clause:
        """Ask for hits in order, each case once, where it stands best, with the texts kept of it."""
        found, beyond, people = self._found(), self._beyond(after), self._fields_of_people()
        key = "rowid" if self.is_sqlite else "key"
        return Clause(
            f"WITH found AS ({found.text}), once AS (SELECT id, key, sensitivity, received_at, "  # noqa: S608 - names of ours
            "min(tier) AS tier, max(score) AS score FROM found GROUP BY id, key, sensitivity, received_at), "
            f"page AS (SELECT * FROM once WHERE {beyond.text} ORDER BY {_ORDER} LIMIT ?) "
            f"SELECT id, sensitivity, received_at, tier, score, {people.text}, {_TEXTS} "
            f"FROM page LEFT JOIN words ON words.{key} = page.key ORDER BY {_ORDER}",
            [*found.values, *beyond.values, limit, *people.values],
        )

    def hit(self, row: Sequence[Any]) -> Hit:
        """Return the hit that a *row* of `ordered` says, and by which fields it is found."""
        _, sensitivity, received_at, tier, score, people, *texts = row
        reference = ("reference",) if tier == BY_REFERENCE else ()
        looked = _fields(personal=self._looks_into(sensitivity))
        named = sorted(set(people.split(","))) if people and looked is tables.FIELDS else ()
        said: dict[str, str | None] = dict(zip(tables.FIELDS, texts, strict=True))
        by_words = (f for f in looked if any(t.within(said[f] or "") for t in self.question.wanted))
        place = Place(tier, score, instant(received_at), self.id(row))
        return Hit(place, (*reference, *named, *by_words))

    def id(self, row: Sequence[Any]) -> UUID:
        """Return the case of a *row*, whose id comes first."""
        return UUID(bytes=row[0]) if self.is_sqlite else row[0]

    def _looks_into(self, sensitivity: str) -> bool:
        """Whether what concerns a person is looked through in a case of that level."""
        closer = sensitivity != Sensitivity.NORMAL
        return any(each.personal and each.sensitive in (None, closer) for each in self.reaches)

    def _beyond(self, after: Place | None) -> Clause:
        """Return the condition that a hit stands behind *after*."""
        if after is None:
            return Clause("TRUE")
        id = after.id.bytes if self.is_sqlite else after.id
        at = moment(after.received_at, sqlite=self.is_sqlite)
        return Clause("(-tier, score, received_at, id) < (?, ?, ?, ?)", (-after.tier, after.score, at, id))

    def _fields_of_people(self) -> Clause:
        """Return the fields, as one text, that name who is asked for."""
        hashes = [*self.whole, *self.named]
        if not hashes:
            return Clause("NULL")
        fields = "group_concat(field)" if self.is_sqlite else "string_agg(field, ',')"
        asked = _any_of("hash", hashes)
        return Clause(f"(SELECT {fields} FROM people WHERE people.key = page.key AND {asked.text})", hashes)  # noqa: S608 - names of ours

    def _found(self) -> Clause:
        """Return all hits: a case may be there by its reference, its person and its words."""
        question = self.question
        tiers = list[Clause]()
        if question.reference is not None:
            tiers.append(self._tier(BY_REFERENCE, Clause("cases.reference = ?", [question.reference])))
        for reach in self.reaches:
            tiers.extend(self._within(reach))
        return _joined(" UNION ALL ", tiers or [self._tier(BY_WORDS, Clause("FALSE"))])

    def _within(self, reach: Reach) -> Iterator[Clause]:
        """Yield the hits by person and by words in a part of the cases."""
        question = self.question
        # Not as a value: the index of cases kept closer is of no use to a question that might mean another.
        level = f"cases.sensitivity {'<>' if reach.sensitive else '='} '{Sensitivity.NORMAL.value}'"
        only = [] if reach.sensitive is None else [Clause(level)]
        if reach.personal and self.whole:
            yield self._tier(BY_PERSON, _of_person(self.whole), *only)
        named = [_of_person([each]) for each in self.named] if reach.personal else []
        if question.wanted and (not question.emails or reach.personal):
            yield self._by_words(*named, *only, personal=reach.personal)
        elif named:
            yield self._tier(BY_WORDS, *named, *self._without(), *only)

    def _by_words(self, *conditions: Clause, personal: bool) -> Clause:
        score = self._score(_fields(personal=personal))
        if self.is_sqlite:
            match = Clause("words MATCH ?", [asking.for_sqlite(self.question, personal=personal)])
            return self._tier(BY_WORDS, match, *conditions, score=score, key="words.rowid")
        vector = "everything" if personal else "public"
        match = Clause(f"words.{vector} @@ CAST(? AS tsquery)", [asking.for_postgresql(self.question)])
        return self._tier(BY_WORDS, match, *conditions, score=score, key="words.key")

    def _tier(
        self, tier: int, *conditions: Clause, score: Clause = NO_SCORE, key: str | None = None
    ) -> Clause:
        """Return cases that exist for who asks, the last that came first; with the words under *key*."""
        words = f" JOIN words ON {key} = cases.key" if key else ""
        where = _joined(" AND ", (*self._exist(), *conditions))
        return Clause(
            "SELECT * FROM (SELECT cases.id, cases.key, cases.sensitivity, cases.received_at, "  # noqa: S608 - names of ours
            f"{tier} AS tier, {score.text} AS score FROM cases{words} "
            f"WHERE {where.text} ORDER BY {key or 'cases.key'} DESC LIMIT {MOST_HITS}) AS hits",
            [*score.values, *where.values],
        )

    def _exist(self) -> Iterator[Clause]:
        among, admits = self.among, admitted(self.who.scope)
        yield Clause(f"cases.slot = {_SLOT}")
        yield from (_any_of(f"cases.{name}", values) for name, values in admits.items())
        if among.kind is not None:
            yield _any_of("cases.kind", [among.kind])
        if among.team is not None:
            yield _any_of("cases.team", [among.team])
        if among.status:
            yield _any_of("cases.status", among.status)

    def _score(self, fields: Sequence[str]) -> Clause:
        """Return how well a case fits: how often each word stands in each field, weighed by the field."""
        terms = [term.patterns for term in dict.fromkeys(self.question.wanted)]
        text = _score(tuple(fields), tuple(map(len, terms)), is_sqlite=self.is_sqlite)
        # Each is replaced by itself and a letter more, so that a text grows by as many as it has.
        one = [value for term in terms for each in term for value in (each, each + "+")]
        return Clause(text, one * len(fields))

    def _without(self) -> Iterable[Clause]:
        """Yield the condition that no unwanted word is there, where only people are asked for."""
        if not self.question.unwanted:
            return
        if self.is_sqlite:
            match = [asking.unwanted_on_sqlite(self.question)]
            yield Clause("cases.key NOT IN (SELECT rowid FROM words WHERE words MATCH ?)", match)
            return
        match = [asking.unwanted_on_postgresql(self.question)]
        yield Clause("cases.key NOT IN (SELECT key FROM words WHERE everything @@ CAST(? AS tsquery))", match)


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


@lru_cache(maxsize=SHAPES)
def _score(fields: tuple[str, ...], numbers: tuple[int, ...], *, is_sqlite: bool) -> str:
    """Return the score by words in *fields*, of terms of which each has so many patterns.

    A word that follows on itself counts once, and each only so often: who repeats it does not win.
    """
    least = "min" if is_sqlite else "least"
    counts = [
        f"{least}({' + '.join([_count(field)] * number)}, {MOST_COUNTED}) * {WEIGHTS.get(field, 1)}"
        for field in fields
        for number in numbers
    ]
    return f"CAST({' + '.join(counts)} AS DOUBLE PRECISION)"


def _count(field: str) -> str:
    """Return how many letters longer the text of *field* becomes by one replacement."""
    return f"length(replace(' ' || words.{field} || ' ', ?, ?)) - length(words.{field}) - 2"


def _of_person(hashes: Sequence[bytes]) -> Clause:
    asked = _any_of("hash", hashes)
    return Clause(f"cases.key IN (SELECT key FROM people WHERE {asked.text})", asked.values)  # noqa: S608 - names of ours


def _any_of(column: str, values: Sequence[object]) -> Clause:
    """Return the condition that *column* is one of *values*, which nothing is where there are none."""
    return Clause(f"{column} IN ({', '.join('?' * len(values)) or 'NULL'})", values)


def _joined(by: str, clauses: Iterable[Clause]) -> Clause:
    some = list(clauses)
    return Clause(by.join(each.text for each in some), [value for each in some for value in each.values])
