"""What is found, in which order, by whom: the same on both databases."""

from __future__ import annotations

import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.bootstrap import Plaint
from adapters.search.finding import Among
from adapters.search.question import Unsearchable, parsed
from adapters.search.words import ROOM, fitting, folded
from adapters.settings import Settings
from domain.access import Principal, Role
from domain.complaint import Complaint
from domain.testing import a_submission, paris

SET: dict[str, Any] = tomllib.loads((Path(__file__).parents[1] / "data" / "search.toml").read_text("utf-8"))
QUERIES: list[dict[str, Any]] = SET["queries"]
HANDLER = Principal(id="anna", role=Role.HANDLER, teams=("complaints",))
AT = paris("2026-05-22T18:00")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A desk with every case of the set, and the name of each case."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    folder = tmp_path_factory.mktemp("library")
    url = None if server is None else server.create()
    plaint = Plaint.open(Settings(data=folder, database_url=url))
    names = {said(plaint, details=text): name for name, text in SET["cases"].items()}
    plaint.views.catch_up()
    plaint.search.engine.catch_up()
    yield plaint, names
    plaint.close()
    if server is not None:
        server.drop(url)


def said(plaint: Plaint, **facts: Any) -> UUID:
    """Receive a complaint changed by *facts*, of no category that is asked for."""
    facts = {"category": "other", "full_name": None, "country": "GB"} | facts
    complaint = Complaint(plaint.desk.fresh_id(AT))
    complaint.receive(a_submission(**facts), plaint.desk.context("test", at=AT), plaint.desk.rules)
    plaint.store.append(complaint)
    return complaint.id


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query["q"])
def test_a_question_finds_what_it_means_and_nothing_else(
    library: tuple[Plaint, dict[UUID, str]], query: dict[str, Any]
):
    plaint, names = library

    hits = plaint.finding.hits(HANDLER, query["q"], Among(), limit=50)

    found = [names[hit.place.id] for hit in hits]
    assert sorted(found) == sorted(query["found"])
    if "first" in query:
        assert found[0] == query["first"]


def test_the_set_asks_what_it_should():
    assert len(SET["cases"]) >= 60
    assert len(QUERIES) >= 40
    assert {name for query in QUERIES for name in query["found"]} <= SET["cases"].keys()


def test_pages_of_hits_are_all_hits_in_the_same_order(library: tuple[Plaint, dict[UUID, str]]):
    plaint, _ = library
    whole = [hit.place for hit in plaint.finding.hits(HANDLER, "account", Among(), limit=50)]
    pages = list[Any]()
    while some := plaint.finding.hits(
        HANDLER, "account", Among(), limit=2, after=pages[-1] if pages else None
    ):
        pages += [hit.place for hit in some]

    assert len(whole) > 4
    assert pages == whole


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("L’été, qu'il gèle !", "ete il gel"),
        ("the bank's transferred payments", "the bank transf payment"),
        ("Œuvre ÆTHER Straße Łódź", "oeuvr aeth strass lodz"),
        ("AA12 N84G 1e5 3.14", "aa12 n84g 1e5 3 14"),
        ("snake_case 'x' \x00 _ \U0001f600", "snak cas x"),
        ("ﬁnance ①", "financ 1"),
    ],
)
def test_words_are_folded(text: str, kept: str):
    assert folded(text) == kept


def test_a_case_takes_a_bounded_room():
    """The beginning of what is said is kept; a letter is not cut in two."""
    kept = fitting({"details": "é" * 10 + " word" * ROOM, "notes": "lost"})

    assert len(kept["details"].encode()) <= ROOM
    assert kept["details"].endswith("word")
    assert kept["notes"] == ""


@pytest.mark.parametrize("text", ["", " ", "()", "\0", '""', "-fees", '-"a phrase"', "a*", "👍", "x " * 33])
def test_what_asks_for_nothing_is_refused(text: str):
    with pytest.raises(Unsearchable, match="Give"):
        parsed(text)


@pytest.mark.parametrize(
    "text",
    ["AND", "a OR b", "NEAR(fees bank)", "{details}: fees", 'fee"', "fee'); --", "^fee", "fee:*", "a\0b", "% _",
     "\\", "'fee' & !bank", "<->", "fee*-bank", "é" * 500, "x" * 500, "or not", "_ fee", "\u202efee"],
)  # fmt: skip
def test_nothing_that_is_typed_breaks_the_question(library: tuple[Plaint, dict[UUID, str]], text: str):
    """It finds something, or nothing, or is refused with a sentence."""
    plaint, _ = library
    with suppress(Unsearchable):
        plaint.finding.hits(HANDLER, text, Among(), limit=5)
