"""The condition of a query is the policy: for every case and every reader, on either database."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select

from adapters.database import Database
from adapters.views.scoping import within
from domain.access import LEVELS, Principal, Role, Scope, Sensitivity
from projections.queue import QueueRow
from tests.adapters.test_views_queries import a_row

TEAMS, ENTITIES = ("complaints", "payments", "support"), ("main", "second", "x|normal")
ROWS: list[QueueRow] = [
    a_row(number, team=team, legal_entity=entity, sensitivity=level)
    for number, (team, entity, level) in enumerate(product(TEAMS, ENTITIES, LEVELS))
]
"""A case of every kind."""
CASES = Table(
    "cases",
    MetaData(),
    Column("number", Integer, primary_key=True),
    *(Column(name, Text, nullable=False) for name in ("team", "legal_entity", "sensitivity")),
)
SOME_TEAMS, SOME_ENTITIES = st.sets(st.sampled_from(TEAMS)), st.sets(st.sampled_from(ENTITIES))
PRINCIPALS = st.builds(
    Principal,
    id=st.just("anna"),
    role=st.sampled_from(Role),
    teams=SOME_TEAMS.map(tuple),
    legal_entities=SOME_ENTITIES.map(tuple),
    clearance=st.sampled_from(Sensitivity),
)
SCOPES = st.builds(
    Scope,
    teams=st.none() | SOME_TEAMS.map(frozenset),
    legal_entities=st.none() | SOME_ENTITIES.map(frozenset),
    levels=st.sets(st.sampled_from(LEVELS)).map(frozenset),
)


def test_a_query_selects_what_the_policy_admits(database_url: str):
    """Of readers as they come, and of scopes that no reader has yet."""
    database, c = Database(database_url), CASES.c
    with database.write() as connection:
        CASES.create(connection)
        kept = {"number", "team", "legal_entity", "sensitivity"}
        connection.execute(insert(CASES), [row.model_dump(mode="json", include=kept) for row in ROWS])

    @settings(max_examples=100)
    @given(scope=SCOPES | PRINCIPALS.map(lambda who: who.scope))
    def agrees(scope: Scope) -> None:
        wanted = within(scope, team=c.team, legal_entity=c.legal_entity, sensitivity=c.sensitivity)
        with database.read() as connection:
            found = set(connection.execute(select(c.number).where(wanted)).scalars())
        assert found == {row.number for row in ROWS if scope.admits(row)}

    agrees()
    database.close()
