"""What a register of another system is to the import: columns, a key, and rows that tell of cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import shake_128
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from adapters.importers.reading import Record
from domain.case import Case
from domain.hours import first_instant
from domain.ids import imported

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.kernel import Context
    from domain.policies import Rulebook


class Unusable(Exception):
    """Rows cannot become a case; the message says why and repeats nothing of what they say.

    *line* is the row that is to blame, where a case has several.
    """

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why)
        self.line = line


class Entry(Protocol):
    """One case of a register."""

    @property
    def source_id(self) -> str:
        """What the register calls the case."""
        ...

    @property
    def written_at(self) -> datetime:
        """The receipt as the register writes it, taken for UTC: the same in every zone."""
        ...

    @property
    def last_dated(self) -> datetime:
        """The last instant that the register knows of the case."""
        ...

    def live(self, id: UUID, by: Context, rules: Rulebook, pins: tuple[Pin, ...]) -> Case:
        """Return a new case called *id* that has lived what the register knows of it."""
        ...


@dataclass(frozen=True)
class Register:
    """A register whose files can be read.

    *key* is the column that names the case, *order* the one that numbers the rows of a
    case from 1 on, None where each row is a case.  *zone* is where its dates are days;
    None where only the user can say so, as in *example*.  *skipped* says why a row says
    nothing of its case, or None; *entry* turns the other rows of one case, in order,
    into it, and raises Unusable when they cannot be one.
    """

    system: str
    columns: tuple[str, ...]
    key: str
    entry: Callable[[Sequence[Record], str], Entry]
    zone: str | None = None
    example: str = "America/New_York"
    order: str | None = None
    skipped: Callable[[Mapping[str, str]], str | None] = lambda _fields: None


def possible_ids(system: str, entry: Entry, logs: Sequence[int]) -> list[UUID]:
    """Return each id that *entry* can have among *logs* (ascending); a new case takes the last.

    A case lives in the log that its source's id ranks first (rendezvous hashing).  A log
    that joined later may have taken that place since: then the case stands under an id
    before the last, that of a log which ranked first when there were fewer.
    """
    named = f"{system}\0{entry.source_id}".encode()
    ranks = shake_128(named).digest(2 * (logs[-1] + 1)) if len(logs) > 1 else b""
    found: list[int] = []
    best = b""
    for log in logs:
        rank = ranks[2 * log : 2 * log + 2]
        if rank > best or not found:
            best = rank
            found.append(log)
    return [imported(system, entry.source_id, entry.written_at, log=log) for log in found]


@lru_cache(maxsize=8192)
def day(text: str, zone: str) -> tuple[date, datetime] | None:
    """Return the day written as *text* and the instant it begins in *zone*; None when it is none."""
    if len(text) != len("2023-08-25") or not text.isascii() or text[4] + text[7] != "--":
        return None
    try:
        found = date.fromisoformat(text)
        return found, first_instant(found, zone)
    except ValueError:
        return None
