"""Problem documents in the language of who asks: English, or French where all is known in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from starlette.requests import HTTPConnection
from starlette.responses import Response

from adapters.http.languages import wished
from adapters.http.problems import PREFIX, Mistake, Problem, ProblemDocument

LANGUAGES = ("en", "fr")


def language_of(request: HTTPConnection) -> str:
    """Return the best of Accept-Language, else the language that a form is filled in in, else English."""
    filled_in: str = getattr(request.state, "language", "")
    return wished(request.headers.get("accept-language") or filled_in, LANGUAGES)


def told(problem: Problem, request: HTTPConnection) -> Response:
    """Return *problem* as it is sent to who asks."""
    document, languages = said_in(problem.document(), language_of(request))
    answer = problem.response(document)
    answer.headers["Content-Language"] = languages
    answer.headers["Vary"] = "Accept-Language"
    return answer


def said_in(document: ProblemDocument, language: str) -> tuple[ProblemDocument, str]:
    """Return *document* in *language* and the languages that it then holds, such as ``fr, en``.

    The type is the same in every language.  A sentence that is not known in it stays as it is.
    """
    if language == "en":
        return document, "en"
    detail, mistakes = said(document.detail), None
    if document.errors is not None:
        mistakes = [_mistake(each) for each in document.errors]
        if detail is None and document.detail == _together(document.errors):
            detail = _together(mistakes)
    whole = detail is not None and all(map(_known, document.errors or ()))
    told = {
        "title": _table()["titles"][document.type.removeprefix(PREFIX)],
        "detail": detail or document.detail,
        "errors": mistakes,
    }
    return document.model_copy(update=told), language if whole else f"{language}, en"


def said(text: str) -> str | None:
    """Return *text* in French, or None where the table lacks it."""
    texts = _table()["texts"]
    if text in texts:
        return texts[text]
    for pattern, french in _patterns().items():
        if found := pattern.fullmatch(text):
            return french.format(*(group.replace("' or '", "' ou '") for group in found.groups()))
    return None


def mistake_in(mistake: Mistake, language: str) -> Mistake:
    """Return *mistake* in *language*, as far as it is known in it."""
    return _mistake(mistake) if language == "fr" else mistake


def _mistake(mistake: Mistake) -> Mistake:
    text, name = mistake.detail, f"{mistake.parameter}: "
    if mistake.parameter is not None and text.startswith(name):
        text = text.removeprefix(name)
        return mistake.model_copy(update={"detail": f"{mistake.parameter} : {said(text) or text}"})
    return mistake.model_copy(update={"detail": said(text) or text})


def _known(mistake: Mistake) -> bool:
    return said(mistake.detail.removeprefix(f"{mistake.parameter}: ")) is not None


def _together(mistakes: list[Mistake]) -> str:
    return " ".join(mistake.detail for mistake in mistakes[:5])


@cache
def _table() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((files("adapters.http") / "problems.fr.toml").read_text("utf-8"))


@cache
def _patterns() -> Mapping[re.Pattern[str], str]:
    """Return the sentences with gaps, those that say most by themselves first."""
    return {
        re.compile(re.escape(text).replace(r"\{\}", "(.+)"), re.DOTALL): french
        for text, french in sorted(_table()["texts"].items(), key=lambda each: -len(each[0]))
        if "{}" in text
    }
