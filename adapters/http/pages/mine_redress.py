"""What a complainant is told that they are given, and whether it reached them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters.http.cases import opened_life
from adapters.http.life_schemas import Granted, Life
from adapters.http.pages import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.bootstrap import Plaint
    from projections.case_file import CaseFile


class RedressTold(NamedTuple):
    """One thing that was granted, as its complainant reads it."""

    name: str
    worth: str
    description: str
    state: str


def redress(
    plaint: Plaint, file: CaseFile, language: str, day: Callable[[datetime], str]
) -> list[RedressTold]:
    """Return what the decisions on the case grant: what was only proposed is told to nobody outside."""
    life = Life.model_validate(opened_life(plaint, file, opened=True))
    return [_told(each, language, day) for each in life.redress]


def _told(given: Granted, language: str, day: Callable[[datetime], str]) -> RedressTold:
    said = words.of_pages(language)
    name = f"{said[f'redress_{given.kind}']}, {said[f'head_{given.head}']}"
    return RedressTold(
        name, _worth(given, language), words.plain(given.description, language), _state(given, language, day)
    )


def _worth(given: Granted, language: str) -> str:
    """Return how much it is: what it is counted in, and what that is worth."""
    amount = given.amount and words.decimal(given.amount, language)
    value = given.value and words.decimal(given.value, language)
    counted = f"{amount} {given.asset or given.currency}" if amount else ""
    said = words.of_pages(language)["redress_worth"]
    worth = said.format(amount=f"{value} {given.currency}") if value else ""
    return ", ".join(filter(None, (counted, worth)))


def _state(given: Granted, language: str, day: Callable[[datetime], str]) -> str:
    said = words.of_pages(language)
    if given.paid_at is None:
        return said["redress_unpaid"]
    on, reference = day(given.paid_at), words.plain(given.reference, language)
    if not reference:
        return said["redress_paid"].format(day=on)
    return said["redress_paid_under"].format(day=on, reference=reference)
