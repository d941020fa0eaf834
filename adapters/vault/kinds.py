"""What the vault is asked with, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID


class Identity(NamedTuple):
    """What tells a person: the kind of it, such as ``email``, and the text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of what one subject said on one case; None once it is destroyed."""

    id: UUID
    subject: UUID
    case: UUID
    key: bytes | None


@dataclass(frozen=True)
class Condition:
    """What the vault holds: its current master key, data keys alive and destroyed, and those under others."""

    master_key: str
    data_keys: int
    destroyed: int
    under_other_master_keys: int
