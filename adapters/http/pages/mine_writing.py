"""What somebody who came in by the link of a ticket writes there: answers to our questions, and a rating."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError
from starlette.exceptions import HTTPException

from adapters import desk
from adapters.http.asking import Asking
from adapters.http.kinds import TICKETS
from adapters.http.pages.complaint import KEY
from adapters.http.pages.mine_files import Refused, refused_for
from adapters.http.pages.mine_view import texts_of
from adapters.http.problems import Problem
from adapters.vault.errors import VaultAway
from domain.commands import RateTicket, SupplyAnswers
from domain.errors import AnswersDoNotMatch, DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

    from adapters.bootstrap import Plaint
    from domain.access import Principal
    from domain.tongues import Language

ANSWERS, RATING = "/my/case/answers", "/my/case/rating"
SCORES = frozenset("12345")


@dataclass(frozen=True)
class Filled:
    """A form of the page as it was sent by *who* came in, to be judged in *language*."""

    plaint: Plaint
    request: Request
    who: Principal
    fields: dict[str, list[str]]
    language: Language

    def last(self, name: str) -> str:
        """Return what was written into the input of that name, nothing where there is none."""
        return _tidied((self.fields.get(name) or [""])[-1])

    @property
    def texts(self) -> Mapping[str, str]:
        """What the page says."""
        return texts_of("ticket", self.language)


class Draft(NamedTuple):
    """What was written and not taken, and why; *where* is the part of the page in which it was."""

    where: str
    refused: Refused
    answers: tuple[str, ...] = ()
    text: str = ""
    score: str = ""


def answer(filled: Filled) -> Draft | None:
    """Take the answers of a form; return them with what is wrong, None where they were taken."""
    given, text = tuple(map(_tidied, filled.fields.get("answer", ()))), filled.last("text")
    refused = _answered(filled, given, text)
    return refused and Draft("writing", refused, given, text)


def _answered(filled: Filled, given: tuple[str, ...], text: str) -> Refused | None:
    if not text and not any(given):
        return _wrong(filled.texts["my_nothing_written"])
    if any(given) and not all(given):
        return _wrong(filled.texts["my_answer_each"])
    try:
        command = SupplyAnswers(text=text or None, answers=given if any(given) else None)
    except ValidationError:
        return _wrong(filled.texts["too_long"])
    return _carried_out(filled, command)


def rate(filled: Filled) -> Draft | None:
    """Take the rating of a form; return it with what is wrong, None where it was taken."""
    score, comment = filled.last("score"), filled.last("comment")
    refused = _rated(filled, score, comment)
    return refused and Draft("rating", refused, text=comment, score=score)


def _rated(filled: Filled, score: str, comment: str) -> Refused | None:
    if score not in SCORES:
        return _wrong(filled.texts["my_rate_choose"])
    try:
        command = RateTicket(score=int(score), comment=comment or None)
    except ValidationError:
        return _wrong(filled.texts["too_long"])
    return _carried_out(filled, command)


def _carried_out(filled: Filled, command: SupplyAnswers | RateTicket) -> Refused | None:
    """Carry out what a form asks, once however often it is sent; return why not where it is refused."""
    plaint, who, key, (id,) = filled.plaint, filled.who, filled.last("key"), filled.who.cases
    if not KEY.fullmatch(key):
        raise HTTPException(400, filled.texts["key_missing"])
    asks, path = command.model_dump_json().encode(), filled.request.url.path
    again = desk.Request(who.sender, f"{key}-{sha256(asks).hexdigest()}", asks, path)
    asking = Asking(plaint, who, TICKETS, type(command))
    try:
        with filled.request.app.state.in_flight.alone(again):
            if asking.first_answer(again, str(id), lambda: command) is None:
                asking.answer(str(id), lambda: None, lambda: command, again)
                plaint.wake()
    except AnswersDoNotMatch:
        return _wrong(filled.texts["my_questions_changed"], 409)
    except VaultAway:
        return _wrong(filled.texts["my_not_now"], 503)
    except (Problem, DomainError) as error:
        return refused_for(error, filled.language)
    return None


def _wrong(text: str, status: int = 422) -> Refused:
    return Refused([text], rest=False, status=status)


def _tidied(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
