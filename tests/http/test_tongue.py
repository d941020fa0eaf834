"""Problems in French and English: the same type, every sentence of ours, and what is not known stays as it was."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.http import mistakes, problems, tongue
from adapters.http.problems import Kind, Mistake, Problem
from tests.docs import write
from tests.http.world import World, problem

ROOT = Path(__file__).parents[2]
SAYING = {"Problem", "Mistake", "ValueError", "_refused", "_unknown", "unauthenticated"}
"""What is called with a sentence that is sent to who asks."""
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


def sentences_of(module: Path) -> Iterator[str]:
    """Every whole sentence with which *module* refuses something, an ``x`` in each of its gaps."""
    for node in ast.walk(ast.parse(module.read_text())):
        said: list[ast.expr] = []
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in SAYING:
            said = [*node.args, *(each.value for each in node.keywords)]
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) in {"detail", "said"}:
            said = [node.value]
        for text in map(text_of, said):
            if text[:1].isupper() and " " in text and text.endswith("."):
                yield text


def text_of(said: ast.expr) -> str:
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in parts)


def test_every_sentence_that_a_request_is_refused_with_has_its_french():
    """Found in the source: those of the API, and of what bodies are read as."""
    modules = [*(ROOT / "adapters" / "http").glob("*.py")]
    for part in ("commands", "complaint", "directory", "issues", "ticket"):
        modules += (ROOT / "domain" / part).glob("*.py")
    modules += [ROOT / "domain" / "money.py", ROOT / "domain" / "zones.py"]
    own = {"sessions.py", "signin.py", "health.py"}  # pages have words of their own; /readyz is for operators
    found = {text for each in modules if each.name not in own for text in sentences_of(each)}

    assert len(found) > 50
    assert {text for text in found if tongue.said(text) is None} == set()


def test_the_sentence_that_says_most_is_taken(world: World):
    answer = world.send(FRENCH, category="nope").json()

    assert answer["errors"][0]["detail"].startswith("Donnez une des catégories : account_access, ")
    assert tongue.said("Give one of 'a', 'b' or 'c'.") == "Donnez une valeur parmi 'a', 'b' ou 'c'."


def test_a_form_is_told_of_in_its_own_language_where_none_is_asked_for(world: World):
    silent = {"Accept-Language": ""}
    french = world.send(silent, language="fr-CH", details="")
    english = world.send({"Accept-Language": "en"}, language="fr", details="")

    assert french.json()["errors"][0]["detail"] == "Ceci ne peut pas être vide."
    assert french.headers["content-language"] == "fr"
    assert english.json()["errors"][0]["detail"] == "This may not be empty."


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
