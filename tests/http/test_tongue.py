"""Problems in French and English: the same type, every sentence of ours, and what is not known stays as it was."""

from __future__ import annotations

import pytest

from adapters.http import mistakes, problems, tongue
from adapters.http.problems import Kind, Mistake, Problem
from tests.docs import write
from tests.http.world import World, problem

FRENCH = {"Accept-Language": "de, fr-CH;q=0.9, en;q=0.8"}


def test_every_kind_every_rule_and_every_mistake_has_its_french():
    sentences = {
        *(kind.value.remedy for kind in Kind),
        *(" ".join((rule.__doc__ or "").split()) for rule in write.rules_of_the_desk()),
        *mistakes.SAID.values(),
        mistakes.INSTANT,
        mistakes.NO_NOTICE,
        "Give one of 'a' or 'b'.",
        "Give at most 3 characters.",
        "Give 1 or more.",
        "Give 200 or less.",
    }

    assert {text for text in sentences if tongue.said(text) is None} == set()
    assert {kind.uri.removeprefix(problems.PREFIX) for kind in Kind} == tongue._table()["titles"].keys()


def test_a_problem_is_told_in_the_language_of_who_asks(world: World):
    answer = world.get("/v1/complaints", FRENCH)
    english = world.get("/v1/complaints", {"Accept-Language": "de"})

    assert answer.json()["title"] == "Aucun jeton valable"
    assert problem(answer, "unauthenticated", 401)["detail"].startswith("Envoyez")
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("fr", "Accept-Language")
    assert english.json()["title"] == "No valid token"
    assert english.headers["content-language"] == "en"


def test_mistakes_are_told_by_their_place(world: World, supervisor: dict[str, str]):
    answer = world.get("/v1/complaints?limit=0&colour=x", supervisor | FRENCH).json()
    body = world.send(FRENCH, category=None, language="x" * 300).json()

    assert [each["detail"] for each in answer["errors"]] == [
        "limit : Donnez 1 ou plus.",
        "colour : Ceci est inconnu ; omettez-le.",
    ]
    assert answer["detail"] == "limit : Donnez 1 ou plus. colour : Ceci est inconnu ; omettez-le."
    assert "Ceci est obligatoire." in [each["detail"] for each in body["errors"]]


@pytest.mark.parametrize("errors", [[], [Mistake(pointer="/x", detail="Unheard of.", type="x")]])
def test_what_is_not_known_in_french_stays_and_is_told_as_both(errors: list[Mistake]):
    document, languages = tongue.said_in(Problem(Kind.RULE, "Unheard of.", errors=errors).document(), "fr")

    assert (document.title, document.detail) == ("Une règle du service refuse ces valeurs", "Unheard of.")
    assert languages == "fr, en"


def test_what_the_frame_refuses_is_told_alike(world: World):
    answer = world.get("/livez", FRENCH | {"X-Large": "a" * 40_000})

    assert answer.json()["title"] == "Les en-têtes sont trop grands"
