"""The complaint form in a browser: what was typed, what is wrong with it, what is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from adapters.desk import Request
from adapters.http.pages import words
from domain.complaint.form import ComplaintForm
from domain.forms import Field, Form, said

PAGE = "page"
"""The principal under whose name forms are kept from being sent twice."""
PARTS = ("occurred_from", "occurred_to")
"""The two inputs of the question when it happened."""
KEY = re.compile(r"[0-9a-f]{32}")
FRENCH_DATE = re.compile(r"(?:(\d{1,2})/)?(\d{1,2})/(\d{4})(.*)")
LOCAL_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2})[:hH](\d{2})")
TOO_LONG = frozenset({"string_too_long", "too_long"})


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in: every value as it was typed."""

    values: Mapping[str, str]
    key: str

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def body(self, form: Form, language: str, zone: ZoneInfo) -> dict[str, object]:
        """Return the complaint form's JSON."""
        body: dict[str, object] = {"privacy_notice": form.privacy.version}
        for name, field in form.fields.items():
            answer = self._answer(name, field, language, zone)
            if answer not in ("", [], False, None):
                body[name] = answer
        return body

    def _answer(self, name: str, field: Field, language: str, zone: ZoneInfo) -> object:
        match field.kind:
            case "tick":
                return bool(self[name])
            case "lines":
                return [line.strip() for line in self[name].splitlines() if line.strip()]
            case "when":
                start, end = (moment(self[part], language, zone) for part in PARTS)
                return {"from": start, "to": end} if end else start
            case _:
                return self[name]


class Answer(NamedTuple):
    """One answer as the review and the copy show it."""

    label: str
    text: str
    given: bool


def filled(data: Mapping[str, Sequence[str]], form: Form) -> Filled | None:
    """Return what a browser sent, or None when it is not this form."""
    names = [*(name for name in form.fields if name != "occurred_at"), *PARTS]
    key = "".join(data.get("key", ()))
    if not KEY.fullmatch(key):
        return None
    values = {name: data[name][-1].replace("\r\n", "\n").strip() for name in names if name in data}
    return Filled(values, key)


def moment(text: str, language: str, zone: ZoneInfo) -> str:
    """Return what was typed as an ISO 8601 moment, or as it was typed when it is none.

    Where French is read the day stands before the month; a time is local.
    """
    text = text.strip()
    if language == "fr" and (french := FRENCH_DATE.fullmatch(text)):
        day, month, year, rest = french.groups()
        text = "-".join([year, month.zfill(2), *([day.zfill(2)] if day else [])]) + rest.replace(" à ", " ")
    if local := LOCAL_TIME.fullmatch(text):
        try:
            at = datetime.fromisoformat(f"{local[1]}T{local[2].zfill(2)}:{local[3]}")
        except ValueError:
            return text
        return at.replace(tzinfo=zone).isoformat()
    return text


def check(
    given: Filled, form: Form, language: str, zone: ZoneInfo, now: datetime
) -> tuple[ComplaintForm | None, dict[str, str]]:
    """Return the form when it is in order, else what is wrong, by field and in *language*."""
    try:
        complaint = ComplaintForm.model_validate(given.body(form, language, zone))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        wrong = {str(each["loc"][0]): each for each in details if each["loc"]}
        return None, {
            name: _message(form.fields[name], wrong[name]["type"], given, name, language)
            for name in form.fields
            if name in wrong
        }
    future = [name for name in complaint.in_the_future(now) if name in form.fields]
    errors = {name: said(form.fields[name].invalid, language) for name in future}
    return (None if errors else complaint), errors


def _message(field: Field, kind: str, given: Filled, name: str, language: str) -> str:
    said_of_pages = words.of_pages(language)
    if kind in TOO_LONG:
        return said_of_pages["too_long"]
    unanswered = not given[name] or (name == "account_id" and bool(given["no_account"]))
    fitting = field.missing if unanswered and field.missing else field.invalid
    return said(fitting, language) or said_of_pages["not_accepted"]


def answers(given: Filled, form: Form, language: str) -> list[tuple[str, list[Answer]]]:
    """Return every answer under the title of its step, those not given too."""
    return [
        (
            said(step.title, language),
            [_answer(given, name, form.fields[name], language) for name in step.fields],
        )
        for step in form.steps
        if step.fields
    ]


def _answer(given: Filled, name: str, field: Field, language: str) -> Answer:
    text = given[name]
    if field.kind == "when":
        text = " – ".join(given[part] for part in PARTS if given[part])
    if field.kind == "tick" and text:
        text = words.of_pages(language)["yes"]
    if field.kind == "choice":
        text = next((label for code, label in listed(field, language) if code == text), text)
    return Answer(said(field.label, language), text or words.of_pages(language)["not_given"], bool(text))


def listed(field: Field, language: str) -> list[tuple[str, str]]:
    """Return what can be chosen, by code and label; a long list in the order of its labels."""
    found = [(option.code, said(option.label, language)) for option in field.options]
    return sorted(found, key=lambda each: _plain(each[1])) if field.choices else found


def _plain(text: str) -> str:
    return "".join(each for each in normalize("NFD", text) if not combining(each)).casefold()


def request(given: Filled, complaint: ComplaintForm) -> Request:
    """Return the request that the same form with the same content is, however often it is sent."""
    asks = json.dumps(complaint.model_dump(mode="json"), sort_keys=True).encode()
    return Request(principal=PAGE, key=f"{given.key}-{sha256(asks).hexdigest()}", asks=asks)
