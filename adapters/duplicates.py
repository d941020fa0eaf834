"""Cases of the same person that may be about the same, as far as whoever asks may see them.

A hint is no fact of a case: it is found when somebody looks, among what the search index holds
then, and is recorded nowhere (docs/decisions/0023).  The index has the keyed hashes of addresses
and accounts, and of each case the folded words; nothing is opened for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from adapters.eventstore.appending import moment
from adapters.search import tables
from adapters.search.words import folded
from adapters.vault.errors import VaultAway
from adapters.views.scoping import within
from domain.access import Principal, Sensitivity, Sight

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from adapters.database import Database
    from adapters.search.people import People

log = structlog.get_logger()

NEAR = timedelta(days=60)
"""How far apart two cases may have come to be about the same."""
MOST = 5
LOOKED_AT = 20
"""Cases of one person that are compared, the nearest in time."""
ALIKE = 0.35
"""Share of words in common from which on two texts may be about the same.

Of 3,000 pairs of different narratives in the sample of real complaints, four in a hundred have as much.
"""
SHORTEST = 4
"""Letters of a word that counts: shorter ones hold a language together and tell nothing of a case."""
MOST_WORDS = 2_000
TELLING = ("account_email", "account_id", "contact_email")
"""The fields that tell one person: names are shared by many."""
TEXTS = ("details", "subject", "description")
"""The fields in which a case says what it is about: the index has them as one."""

NOBODY = UUID(int=0)
"""Stands for the id of a case that has none yet."""
_COMPANY = (
    "WITH same AS MATERIALIZED (SELECT key FROM people WHERE hash IN ({})) "
    "SELECT 1 FROM same JOIN cases ON cases.key = same.key "
    "WHERE cases.id <> ? AND cases.received_at BETWEEN ? AND ? LIMIT 1"
)
"""Joined without a name, PostgreSQL plans it anew each time, which takes four times as long as the answer."""

ALONE, IN_COMPANY = "alone", "in company"
_IN, _FIELDS = tables.SCHEMA, ", ".join(f"'{name}'" for name in TELLING)
_NEAR = f"INTERVAL '{NEAR.days} days'"
COMPANY_OF = (
    "SELECT max(CASE WHEN EXISTS (SELECT 1 "  # noqa: S608 - names of ours
    f"FROM {_IN}.people AS mine JOIN {_IN}.people AS theirs ON theirs.hash = mine.hash "
    f"JOIN {_IN}.cases AS other ON other.key = theirs.key "
    f"WHERE mine.key = this.key AND mine.field IN ({_FIELDS}) AND theirs.field IN ({_FIELDS}) "
    "AND other.id <> this.id "
    f"AND other.received_at BETWEEN this.received_at - {_NEAR} AND this.received_at + {_NEAR}"
    f") THEN '{IN_COMPANY}' ELSE '{ALONE}' END) FROM {_IN}.cases AS this WHERE this.id = ?"
)
"""Whether the index on PostgreSQL knows another case of the same person near in time, or NULL.

It is put beside another question to the same database, and opens nothing.
"""


@dataclass(frozen=True)
class Said:
    """What a case says by which others are held against it."""

    people: Mapping[str, str]
    """By the fields of TELLING."""
    text: str
    received_at: datetime
    case: UUID | None = None


@dataclass(frozen=True)
class Hint:
    """A case that may be about the same."""

    id: UUID
    reference: str
    kind: str
    similarity: float
    received_at: datetime


def said_by(facts: Mapping[str, Any], received_at: datetime, case: UUID | None = None) -> Said:
    """Return what *facts* of a submission, of a complaint or a ticket, say; what is withheld says nothing."""
    answers = facts.get("fields")
    said = {**facts, **(cast("dict[str, Any]", answers) if isinstance(answers, dict) else {})}
    people = {name: said[name] for name in TELLING if isinstance(said.get(name), str)}
    texts = (said.get(name) for name in TEXTS)
    return Said(people, "\n".join(each for each in texts if isinstance(each, str)), received_at, case)


def hints(plaint: Plaint, who: Principal, said: Said, purpose: str | None = None) -> list[Hint] | None:
    """Return the cases that *who* may see and that may be about the same, the most alike first.

    None while the index cannot be asked: nothing waits for a hint.
    """
    if Sight.PERSONAL not in who.sights(purpose):
        return []
    try:
        hashes = list(_hashes(plaint.search.people, said))
        return _alike(plaint, who, said, hashes, purpose) if hashes and said.text else []
    except (DatabaseError, VaultAway) as error:
        log.warning("duplicates_not_looked_for", error=type(error).__name__)
        return None


def _hashes(people: People, said: Said) -> list[bytes]:
    found = (
        people.email(text) if name.endswith("email") else people.of_field(name, text)
        for name, text in said.people.items()
    )
    return [each for each in found if each]


def _alike(
    plaint: Plaint, who: Principal, said: Said, hashes: list[bytes], purpose: str | None
) -> list[Hint]:
    if not _has_company(plaint.search.database, said, hashes):
        return []
    c, of = tables.cases.c, tables.people.c
    words = tables.fts if plaint.search.database.is_sqlite else tables.words
    key = words.c.rowid if plaint.search.database.is_sqlite else words.c.key
    same = select(of.key).where(of.hash.in_(hashes), of.field.in_(TELLING))
    query = (
        select(c.id, c.reference, c.kind, c.received_at, words.c.details)
        .select_from(tables.cases.join(words, key == c.key))
        .where(
            tables.SEARCH_VIEW.live,
            within(who.scope, team=c.team, legal_entity=c.legal_entity, sensitivity=c.sensitivity),
            c.key.in_(same),
            c.received_at.between(said.received_at - NEAR, said.received_at + NEAR),
        )
        .order_by(c.received_at.desc(), c.id.desc())
        .limit(LOOKED_AT)
    )
    if purpose is None:
        query = query.where(c.sensitivity == Sensitivity.NORMAL.value)
    if said.case is not None:
        query = query.where(c.id != said.case)
    with plaint.search.database.ask() as connection:
        rows = connection.execute(query).all()
    told = _telling(folded(said.text))
    found = [
        Hint(row.id, row.reference, row.kind, alike, row.received_at)
        for row in rows
        if (alike := similarity(told, _telling(row.details))) >= ALIKE
    ]
    return sorted(found, key=lambda each: -each.similarity)[:MOST]


def _has_company(database: Database, said: Said, hashes: list[bytes]) -> bool:
    """Whether the index knows another case of the same person near in time, whoever may see it.

    Most have none; this one look by two keys is all that it costs them, where the question with the
    rights of who asks costs as much as the rest of a reading.
    """
    question = _COMPANY.format(", ".join("?" * len(hashes)))
    id = said.case or NOBODY
    since, until = (moment(said.received_at + by, sqlite=database.is_sqlite) for by in (-NEAR, NEAR))
    asked = (*hashes, id.bytes if database.is_sqlite else id, since, until)
    return bool(database.answers(question, asked))


def _telling(text: str) -> list[str]:
    return [word for word in text.split() if len(word) >= SHORTEST][:MOST_WORDS]


def similarity(one: list[str], other: list[str]) -> float:
    """Return the share of words that two texts have in common (Dice), from 0 to 1, to two places."""
    left, right = Counter(one), Counter(other)
    if not left or not right:
        return 0.0
    return round(2 * (left & right).total() / (left.total() + right.total()), 2)
