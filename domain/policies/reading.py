"""Policy files as text: TOML in, a regime out, or one sentence that says what to correct."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from domain.errors import DomainError
from domain.policies.model import (
    Applies,
    Approval,
    Consultation,
    Extension,
    Notifications,
    Offset,
    Regime,
    Term,
)
from domain.policies.tickets import TicketTerms
from domain.sensitive.spots import texts
from domain.sensitive.wording import asks_for_a_secret

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

HEADER: Final = re.compile(r"\s*\[+\s*([\w.-]+)\s*\]+")
KEY: Final = re.compile(r"\s*[\"']?([\w-]+)[\"']?\s*=")


class PolicyError(DomainError):
    """The policy cannot be used; correct the file as the message says."""


@lru_cache(maxsize=256)
def parse(text: str, name: str, *, recorded: bool = False) -> Regime:
    """Return the regime that *text* states; *name* is the file it came from.

    What is *recorded* counts as it is: a text that would not be taken today must not stop the desk.
    A `PolicyError` names the file, the line, the key, what is wrong and the remedy.
    """
    try:
        data = tomllib.loads(text)
        if not recorded:
            _refuse_secretive(data, text, name)
        return Regime.model_validate(data)
    except ValidationError as error:
        raise PolicyError(_sentence(text, name, error.errors(include_url=False))) from None
    except ValueError as error:
        raise PolicyError(f"{name}: the file is not valid TOML, {error}; correct that line.") from None


def _refuse_secretive(data: object, text: str, name: str) -> None:
    """Refuse a policy with a text that asks for what nobody should write down: it may be published."""
    for pointer, said in texts(data):
        if asks_for_a_secret(said):
            loc = [int(part) if part.isdigit() else part for part in pointer.split("/")[1:]]
            raise PolicyError(f"{place(text, name, loc)}: {_key_of(loc)}: no text may ask for a secret.")


def place(text: str, name: str, loc: Sequence[int | str]) -> str:
    """Return the file called *name*, and the line of *text* at *loc* where there is one."""
    line = _line_of(text, loc)
    return f"{name}, line {line}" if line else name


def _sentence(text: str, name: str, errors: Sequence[ErrorDetails]) -> str:
    error = errors[0]
    where = place(text, name, error["loc"])
    key = _key_of(error["loc"])
    more = f" ({len(errors) - 1} more to correct after that)" if len(errors) > 1 else ""
    return f"{where}: {f'{key}: ' if key else ''}{_complaint(error)}{more}."


def _key_of(loc: Sequence[int | str]) -> str:
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc]
    return "".join(parts).removeprefix(".")


def _complaint(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "the key is missing; add it"
        case "extra_forbidden":
            return _unknown_key(error["loc"])
        case "value_error":
            return str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
        case "literal_error":
            expected = error["ctx"]["expected"] if "ctx" in error else ""
            return f"{error['input']!r} is not known; use {expected}"
        case "string_pattern_mismatch":
            return f"{error['input']!r} is not written as it should be; use the form {_pattern(error)}"
        case _:
            return f"{error['input']!r} cannot be used; {error['msg'][:1].lower()}{error['msg'][1:]}"


def _pattern(error: ErrorDetails) -> str:
    return str(error["ctx"]["pattern"]) if "ctx" in error else ""


def _unknown_key(loc: Sequence[int | str]) -> str:
    known = list(_KNOWN[str(next((part for part in loc[:-1] if isinstance(part, str)), ""))])
    close = get_close_matches(str(loc[-1]), known, n=1)
    return f"the key is unknown; {f'did you mean {close[0]}' if close else 'remove it'}"


_KNOWN: Mapping[str, Mapping[str, object]] = {
    "": Regime.model_fields,
    "terms": Term.model_fields,
    "applies": Applies.model_fields,
    "approval": Approval.model_fields,
    "consultation": Consultation.model_fields,
    "extension": Extension.model_fields,
    "notifications": Notifications.model_fields,
    "tickets": TicketTerms.model_fields,
    "warn_before": Offset.model_fields,
}


def _line_of(text: str, loc: Sequence[int | str]) -> int | None:
    """Return the line of *text* that gives the value at *loc*, or the head of the table that lacks it."""
    names = [part for part in loc if isinstance(part, str)]
    wanted = next((part for part in loc if isinstance(part, int)), 0) if names[:1] == ["terms"] else None
    table: list[str] = []
    term, depth, nearest = -1, 0, None
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = header[1].split(".")
            term += table == ["terms"]
        key = None if header else KEY.match(line)
        here = [*table, key[1]] if key else table
        inside = table[:1] != ["terms"] or term == wanted
        if (header or key) and inside and len(here) > depth and here == names[: len(here)]:
            depth, nearest = len(here), number
    return nearest
