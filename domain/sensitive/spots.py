"""Where in what was sent something stands that is refused or flagged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import NamedTuple, cast

from pydantic import BaseModel

from domain.errors import DomainError
from domain.sensitive.detectors import find
from domain.sensitive.finding import Kind

MOST = 20
"""Places that are told of one body; the first are enough to see what to correct."""
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")


class Spot(NamedTuple):
    """That a value of *kind* stands in *field*, a JSON pointer."""

    field: str
    kind: Kind


class SensitiveValue(DomainError):
    """What you sent holds a secret or a number that we do not take here; nothing of it was kept."""

    def __init__(self, spots: Sequence[Spot], version: int | None = None) -> None:
        super().__init__(type(self).__doc__)
        self.spots, self.version = tuple(spots), version


def spots(said: object) -> tuple[Spot, ...]:
    """Return where in *said*, a model or what its JSON would be, something is to be told of.

    Every text is looked at, also one that concerns nobody: a secret is no less one there.  What is
    refused stands first: however much is only flagged, it is never cut off.
    """
    found = (
        Spot(pointer, kind)
        for pointer, text in texts(said)
        for kind in dict.fromkeys(each.kind for each in find(text))
    )
    return tuple(sorted(dict.fromkeys(found), key=lambda spot: not spot.kind.refused))[:MOST]


def refused(found: Iterable[Spot]) -> tuple[Spot, ...]:
    """Return those for which the whole is refused."""
    return tuple(spot for spot in found if spot.kind.refused)


def texts(said: object, pointer: str = "") -> list[tuple[str, str]]:
    """Return every text in *said* with its pointer; models and data classes are looked into."""
    found = list[tuple[str, str]]()
    _gather(said, pointer, found)
    return found


def _gather(said: object, pointer: str, found: list[tuple[str, str]]) -> None:
    if isinstance(said, str):
        found.append((pointer, said))
        return
    if isinstance(said, BaseModel):
        said = said.model_dump(mode="json", by_alias=True, exclude_none=True)
    elif is_dataclass(said) and not isinstance(said, type):
        said = {field.name: getattr(said, field.name) for field in fields(said)}
    if isinstance(said, Mapping):
        for name, value in cast("Mapping[object, object]", said).items():
            if value is not None:
                _gather(value, f"{pointer}/{_name(name)}", found)
    elif isinstance(said, Sequence) and not isinstance(said, bytes):
        for number, value in enumerate(cast("Sequence[object]", said)):
            _gather(value, f"{pointer}/{number}", found)


def _name(name: object) -> str:
    """Return the name of a field; one that could itself be a secret is not repeated."""
    text = str(name)
    return text if NAME.fullmatch(text) else "*"
