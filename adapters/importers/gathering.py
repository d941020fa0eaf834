"""Rows into cases: each case whole, whichever way its rows lie in the file.

A register with a row a case is read straight through.  Of one with several, the rows of
each case are counted first; then a case is complete with the last of its rows, and only
cases that have begun and not ended are held in memory: one, where the file has the rows
of a case together, and at most as many as were open at once, where it goes by time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adapters.importers.reading import CsvFile, Record, Rejected
from adapters.importers.register import Entry, Register, Unusable


class Found(NamedTuple):
    """A case that the file tells of, and the lines that it was made from."""

    entry: Entry
    lines: tuple[int, ...]


class Cases:
    """The cases of a file, and each row that cannot be used; counts what it reads."""

    def __init__(self, file: CsvFile, register: Register, zone: str) -> None:
        self.file, self.register, self.zone = file, register, zone
        self.rows = self.duplicates = 0
        self._made_already: set[str] = set()

    def __iter__(self) -> Iterator[Found | Rejected]:
        """Yield them in the order in which they are complete."""
        gathered = self._singles() if self.register.order is None else self._several(self.register.order)
        for rows in gathered:
            if isinstance(rows, Rejected):
                yield rows
            else:
                yield from self._made(rows)

    def _made(self, rows: Sequence[Record]) -> Iterator[Found | Rejected]:
        told: list[Record] = []
        for row in rows:
            why = self.register.skipped(row.fields)
            if why is None:
                told.append(row)
            else:
                yield Rejected(row.line, why)
        if not told:
            return
        try:
            entry = self.register.entry(told, self.zone)
        except Unusable as error:
            yield from blamed(error, [row.line for row in told])
        else:
            self._made_already.add(entry.source_id)
            yield Found(entry, tuple(row.line for row in told))

    def _singles(self) -> Iterator[Sequence[Record] | Rejected]:
        key = self.register.key
        for row in self._read():
            if isinstance(row, Rejected):
                yield row
            elif row.fields[key] in self._made_already:
                self.duplicates += 1
            else:
                yield (row,)

    def _several(self, order: str) -> Iterator[Sequence[Record] | Rejected]:
        key, missing = self.register.key, rows_by_case(self.file, self.register)
        begun: dict[str, list[Record]] = {}
        for row in self._read():
            if isinstance(row, Rejected):
                yield row
                continue
            id = row.fields[key]
            begun.setdefault(id, []).append(row)
            missing[id] -= 1
            if not missing[id]:
                yield from self._ordered(begun.pop(id), order)

    def _ordered(self, rows: list[Record], order: str) -> Iterator[Sequence[Record] | Rejected]:
        """Yield the rows of a case in order, or each as rejected where one is missing."""
        numbered: dict[str, Record] = {}
        for row in rows:
            self.duplicates += row.fields[order] in numbered
            numbered.setdefault(row.fields[order], row)
        wanted = [str(number) for number in range(1, len(numbered) + 1)]
        if all(each in numbered for each in wanted):
            yield [numbered[each] for each in wanted]
        else:
            why = f"{order} does not number the rows of its case from 1 on; one may be missing"
            yield from (Rejected(row.line, why) for row in numbered.values())

    def _read(self) -> Iterator[Record | Rejected]:
        key = self.register.key
        for row in self.file.records():
            self.rows += 1
            if isinstance(row, Record) and not row.fields[key]:
                yield Rejected(row.line, f"{key} is missing")
            else:
                yield row


def rows_by_case(file: CsvFile, register: Register) -> Counter[str]:
    """Return how many rows each case of *file* has."""
    return Counter(row.fields[register.key] for row in file.records() if isinstance(row, Record))


def blamed(error: Unusable, lines: Sequence[int]) -> Iterator[Rejected]:
    """Yield each of *lines* as rejected: the one that *error* blames, and the others because of it."""
    for line in lines:
        mine = error.line is None or line == error.line
        yield Rejected(line, str(error) if mine else f"its case cannot be told without line {error.line}")
