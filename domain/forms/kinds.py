"""How an answer of each kind is read: what JSON it is, and what it is kept as."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError

from domain.complaint.addresses import EMAIL
from domain.complaint.form import Span
from domain.countries import COUNTRIES
from domain.forms.conditions import decimal
from domain.forms.model import MOST_ENTRIES, Field
from domain.ids import normal_reference
from domain.written import countable

LINE: Final = 320
"""Characters of a line, as `domain.privacy.PersonalLine` keeps it."""
TEXT: Final = 5_000
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
DATETIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?")
FILE: Final = re.compile(r"[^/\\]{1,200}\.(jpe?g|png|pdf)", re.IGNORECASE)
DIGITS: Final = 30
"""How many digits a number may have before the point, and after it."""
ZONES: Final = frozenset(available_timezones())


class Wrong(Exception):
    """An answer is none of its kind: *type* names the mistake, *bounds* what it missed."""

    def __init__(self, type: str, **bounds: object) -> None:
        super().__init__(type)
        self.type, self.bounds = type, bounds


@dataclass(frozen=True)
class Place:
    """When and where answers are judged: *zone* is the firm's, for days that name no zone."""

    now: datetime
    zone: ZoneInfo


def read(field: Field, answer: object, place: Place) -> object:
    """Return *answer* as it is kept; raise `Wrong` where it is none of the field's kind.

    Records are read by `domain.forms.check`, field by field.
    """
    return READERS[field.kind](field, answer, place)


def _text_of(answer: object, mistake: str, most: int, unwanted: re.Pattern[str] = CONTROL) -> str:
    if not isinstance(answer, str):
        raise Wrong(mistake)
    text = answer.replace("\r\n", "\n").strip()
    if unwanted.search(text) or any("\ud800" <= each <= "\udfff" for each in text):
        raise Wrong(mistake)
    if len(text) > most:
        raise Wrong("too_long", max=most)
    return text


def _line(field: Field, answer: object, _: Place) -> str:
    text = _text_of(answer, "line", field.length or LINE)
    if field.pattern is not None and not re.fullmatch(field.pattern, text):
        raise Wrong("pattern")
    return text


def _text(field: Field, answer: object, _: Place) -> str:
    return _text_of(answer, "text", field.length or TEXT, CONTROL_BUT_LINES)


def _lines(field: Field, answer: object, _: Place) -> list[str]:
    entries = [_text_of(each, "line", field.length or LINE) for each in listed(field, answer)]
    return [each for each in entries if each]


def _matching(pattern: re.Pattern[str], mistake: str) -> Callable[[Field, object, Place], str]:
    def read(_: Field, answer: object, __: Place) -> str:
        text = _text_of(answer, mistake, LINE)
        if not pattern.fullmatch(text):
            raise Wrong(mistake)
        return text

    return read


def _phone(_: Field, answer: object, __: Place) -> str:
    number = re.sub(r"[ .()\u00a0\u202f-]", "", _text_of(answer, "phone", LINE))
    if not PHONE.fullmatch(number):
        raise Wrong("phone")
    return number


def _one_of(codes: frozenset[str], mistake: str) -> Callable[[Field, object, Place], str]:
    def read(_: Field, answer: object, __: Place) -> str:
        if not isinstance(answer, str) or answer not in codes:
            raise Wrong(mistake)
        return answer

    return read


def _choice(field: Field, answer: object, _: Place) -> str:
    if not isinstance(answer, str) or answer not in {option.code for option in field.options}:
        raise Wrong("choice")
    return answer


def _choices(field: Field, answer: object, place: Place) -> list[str]:
    codes = [_choice(field, each, place) for each in listed(field, answer)]
    if len(set(codes)) < len(codes):
        raise Wrong("twice")
    return codes


def _checklist(field: Field, answer: object, place: Place) -> list[str]:
    codes = _choices(field, answer, place)
    if len(codes) < len(field.options):
        raise Wrong("checklist")
    return codes


def _tick(_: Field, answer: object, __: Place) -> bool:
    if not isinstance(answer, bool):
        raise Wrong("tick")
    return answer


def _date(_: Field, answer: object, __: Place) -> str:
    text = _text_of(answer, "date", LINE)
    try:
        if not DATE.fullmatch(text):
            raise Wrong("date")
        return countable(date.fromisoformat(text)).isoformat()
    except ValueError:
        raise Wrong("date") from None


def _datetime(_: Field, answer: object, __: Place) -> str:
    text = _text_of(answer, "datetime", LINE)
    try:
        if not DATETIME.fullmatch(text):
            raise Wrong("datetime")
        return countable(datetime.fromisoformat(text)).isoformat()
    except ValueError:
        raise Wrong("datetime") from None


def _when(_: Field, answer: object, place: Place) -> object:
    try:
        span = Span.model_validate({"from": answer} if isinstance(answer, str) else answer)
    except ValidationError:
        raise Wrong("when") from None
    if span.begins > span.latest(place.now):
        raise Wrong("when")
    return span.from_ if span.to is None else {"from": span.from_, "to": span.to}


def _number(field: Field, answer: object, _: Place) -> str:
    value = _measured(field, answer, "number")
    return format(value, "f")


def _amount(field: Field, answer: object, _: Place) -> str:
    value = _measured(field, answer, "amount")
    if value <= 0:
        raise Wrong("amount")
    return format(value, "f")


def _integer(field: Field, answer: object, _: Place) -> int:
    return _whole(field, answer, "integer")


def _rating(field: Field, answer: object, _: Place) -> int:
    least, most = int(field.min or 1), int(field.max or 5)
    try:
        rating = _whole(field, answer, "rating")
    except Wrong:
        raise Wrong("rating", min=least, max=most) from None
    if not least <= rating <= most:
        raise Wrong("rating", min=least, max=most)
    return rating


def _whole(field: Field, answer: object, mistake: str) -> int:
    if isinstance(answer, bool) or not isinstance(answer, int):
        raise Wrong(mistake)
    return int(_measured(field, answer, mistake))


def _measured(field: Field, answer: object, mistake: str) -> Decimal:
    value = decimal(answer)
    if value is None or abs(value.adjusted()) > DIGITS:
        raise Wrong(mistake)
    exponent = value.as_tuple().exponent
    decimals = 18 if field.decimals is None else field.decimals
    if isinstance(exponent, int) and -exponent > decimals:
        raise Wrong("decimals", max=decimals)
    if field.min is not None and value < field.min:
        raise Wrong("too_small", min=format(field.min, "f"))
    if field.max is not None and value > field.max:
        raise Wrong("too_large", max=format(field.max, "f"))
    return value


def _parent(_: Field, answer: object, __: Place) -> str:
    reference = normal_reference(_text_of(answer, "parent", LINE))
    if reference is None:
        raise Wrong("parent")
    return reference


def listed(field: Field, answer: object) -> list[object]:
    """Return the entries of a list that *answer* is; raise `Wrong` where there are too few or too many."""
    if not isinstance(answer, list):
        raise Wrong("list")
    entries: list[object] = list(answer)  # pyright: ignore[reportUnknownArgumentType]
    least, most = int(field.min or 0), MOST_ENTRIES if field.max is None else int(field.max)
    most = max(most, len(field.options))
    if len(entries) < least:
        raise Wrong("too_few", min=least)
    if len(entries) > most:
        raise Wrong("too_many", max=most)
    return entries


READERS: Mapping[str, Callable[[Field, object, Place], object]] = {
    "line": _line,
    "text": _text,
    "lines": _lines,
    "email": _matching(EMAIL, "email"),
    "phone": _phone,
    "choice": _choice,
    "choices": _choices,
    "checklist": _checklist,
    "tick": _tick,
    "when": _when,
    "date": _date,
    "datetime": _datetime,
    "zone": _one_of(ZONES, "zone"),
    "country": _one_of(COUNTRIES, "country"),
    "number": _number,
    "amount": _amount,
    "integer": _integer,
    "rating": _rating,
    "parent": _parent,
    "file": _matching(FILE, "file"),
}
