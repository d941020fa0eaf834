"""Answers as an event keeps them: those that may concern a person, and those that concern nobody."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import StringConstraints

from domain.privacy import MAX_TEXT, Code, Personal, Public

Said: TypeAlias = Annotated[str, Personal(), StringConstraints(max_length=MAX_TEXT)] | bool | int
Leaf: TypeAlias = Said | tuple[Said, ...] | dict[Code, Said]
Record: TypeAlias = dict[Code, Leaf | tuple[dict[Code, Leaf], ...]]
Answer: TypeAlias = Leaf | tuple[Record, ...]
"""An answer that may concern a person: a text, several, a span of time, or records of these."""
Told: TypeAlias = Annotated[str, Public(), StringConstraints(max_length=MAX_TEXT)] | bool | int
PublicAnswer: TypeAlias = Told | tuple[Told, ...] | dict[Code, Told]
"""An answer that concerns nobody: what was chosen, a date, a number."""
