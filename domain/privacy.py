"""Whether a piece of text may concern a person: declared for every field that is stored.

A field is personal when it identifies somebody or is free text that could
(columns D and I of a complaints register).  All other text is declared public.
A stored event can never be told apart again, so a test refuses undeclared text.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

T = TypeVar("T")


class Personal:
    """Marks a value that concerns a person and ends with that person's key."""


class Credential:
    """Marks a value that opens something, such as a secret: no event shows it, for whatever purpose."""


class Public:
    """Marks text that concerns nobody: codes, versions, the firm's own references."""


class Sealed(BaseModel):
    """A personal value as it is stored: encrypted, base64url of the bytes that the vault can open."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    # What it may be made of is judged where it is opened: a pattern here would take as long as all the rest.
    sealed: Annotated[str, Public(), StringConstraints(min_length=1)]


class Erased(BaseModel):
    """What a personal value reads as once the person's key is destroyed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    erased: Literal[True]


ERASED = Erased(erased=True)


class Withheld(BaseModel):
    """A personal value that cannot be shown: gone for ever, or sealed while the keys cannot be had."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    withheld: Literal["erased", "sealed"]


# In this order, so that a table of texts in clear is never taken for a sealed one, nor the other way round.
Kept: TypeAlias = Annotated[Sealed | Erased | T, Personal(), Field(union_mode="left_to_right")]
"""A personal value in an event or a row of a read model: in clear, sealed, or gone.

What comes from outside is typed by the plain alias, so that nobody can hand in a sealed value.
"""


def shown(value: T | Sealed | Erased) -> T | Withheld:
    """Return *value* as a reader gets it, once what can be opened was opened."""
    if isinstance(value, Sealed):
        return Withheld(withheld="sealed")
    return Withheld(withheld="erased") if isinstance(value, Erased) else value


Path: TypeAlias = tuple[str, ...]
"""Where a field stands: its name, after the names of those that it stands within."""


@cache
def kept_fields(kind: type[BaseModel]) -> dict[Path, Any]:
    """Return the fields within *kind* that are kept sealed, each with the type of its value in clear."""
    # What is within is of as many kinds as there are.
    return {path: Union[_in_clear(part)] for path, part in _kept(kind)}  # noqa: UP007


@cache
def credentials(kind: type[BaseModel]) -> frozenset[Path]:
    """Return the fields within *kind* that open something."""
    return frozenset(path for path, part in _kept(kind) if _has(part, Credential))


def _kept(kind: type[BaseModel]) -> Iterator[tuple[Path, Any]]:
    """Yield the fields within *kind* that are kept sealed, each with its type."""
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if name not in kind.model_fields:
            continue
        for part in _alternatives(hint):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from (((name, *path), within) for path, within in _kept(part))
            elif _has(part, Personal) and Sealed in get_args(get_args(part)[0]):
                yield (name,), part


def _in_clear(part: Any) -> tuple[Any, ...]:
    return tuple(each for each in get_args(get_args(part)[0]) if each not in (Sealed, Erased))


def says_personal(model: BaseModel) -> bool:
    """Whether *model* has a value of its own that concerns a person."""
    return any(getattr(model, name) for name in _personal_names(type(model)))


@cache
def _personal_names(kind: type[BaseModel]) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        name for name in kind.model_fields if any(_has(part, Personal) for part in _alternatives(hints[name]))
    )


def _has(hint: Any, mark: type) -> bool:
    return any(isinstance(extra, mark) for extra in getattr(hint, "__metadata__", ()))


def _alternatives(hint: Any) -> tuple[Any, ...]:
    if get_origin(hint) in (Union, UnionType):
        return tuple(part for part in get_args(hint) if part is not NoneType)
    return (hint,)


MAX_TEXT = 50_000
"""Characters in one free text: longer than any letter, short enough to keep an event small."""

PersonalText: TypeAlias = Annotated[
    str, Personal(), StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TEXT)
]
PersonalLine: TypeAlias = Annotated[
    str,
    Personal(),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=320, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
Code: TypeAlias = Annotated[
    str, Public(), StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
PublicText: TypeAlias = Annotated[str, Public(), StringConstraints(max_length=MAX_TEXT)]
