"""Whether a piece of text may concern a person: declared for every field that is stored.

A field is personal when it identifies somebody or is free text that could
(columns D and I of a complaints register).  All other text is declared public.
A stored event can never be told apart again, so a test refuses undeclared text.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints

T = TypeVar("T")


class Personal:
    """Marks a value that concerns a person and ends with that person's key."""


class Public:
    """Marks text that concerns nobody: codes, versions, the firm's own references."""


class Sealed(BaseModel):
    """A personal value as it is stored: encrypted, base64url of the bytes that the vault can open."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sealed: Annotated[str, Public(), StringConstraints(min_length=1, pattern=r"^[A-Za-z0-9_-]+$")]


class Erased(BaseModel):
    """What a personal value reads as once the person's key is destroyed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    erased: Literal[True] = True


Kept: TypeAlias = Annotated[T | Sealed | Erased, Personal()]
"""A personal value in an event or a row of a read model: in clear, sealed, or gone.

What comes from outside is typed by the plain alias, so that nobody can hand in a sealed value.
"""


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
