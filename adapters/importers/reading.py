"""Reads CSV (RFC 4180, UTF-8), plain or compressed by gzip, and refuses what is neither."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

GZIP = b"\x1f\x8b"
HEAD = 4096
"""Bytes by which a file shows what it is."""


class ImportRefused(Exception):
    """The import cannot begin; the message is one sentence that says why and what to do about it."""


class Record(NamedTuple):
    """One data row: the line of the file that it begins on, and its fields by column."""

    line: int
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Rejected:
    """A row that cannot be used, and why; the reason repeats nothing of what the row says."""

    line: int
    reason: str


class CsvFile:
    """A CSV file with a header of known columns, in any order."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path, self.columns = path, columns
        self._raw: BinaryIO | None = None
        self._done = 0

    @property
    def done(self) -> int:
        """How many bytes of the file have been read by now."""
        return self._done if self._raw is None else self._raw.tell()

    def records(self) -> Iterator[Record | Rejected]:
        """Yield every row; raise ImportRefused as soon as the file shows that it cannot be read."""
        with (
            self._said_clearly(),
            self.path.open("rb") as raw,
            self._text(raw) as text,
            self._followed(raw),
        ):
            yield from self._rows(csv.reader(text, strict=True))

    def read_through(self) -> None:
        """Read the file to its end for nothing but to see that this can be done; raise ImportRefused."""
        with self._said_clearly(), self.path.open("rb") as raw, self._text(raw) as text:
            reader = csv.reader(text, strict=True)
            self._check(_header(reader))
            for _ in _numbered(reader):
                pass

    @contextmanager
    def _followed(self, raw: BinaryIO) -> Generator[None]:
        self._raw = raw
        try:
            yield
        finally:
            self._done, self._raw = raw.tell(), None

    def _text(self, raw: io.BufferedReader) -> io.TextIOWrapper:
        compressed = raw.peek(HEAD).startswith(GZIP)
        binary = gzip.GzipFile(fileobj=raw) if compressed else raw
        if b"\0" in binary.peek(HEAD)[:HEAD]:
            raise ImportRefused(
                f"{self.path} is neither CSV nor CSV compressed by gzip; export it as CSV in UTF-8."
            )
        return io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")

    def _rows(self, reader: Iterator[list[str]]) -> Iterator[Record | Rejected]:
        header = _header(reader)
        self._check(header)
        lines = _numbered(reader)
        for line, row in lines:
            if row is None:
                yield Rejected(line, "the row is not quoted as CSV asks (RFC 4180)")
            elif len(row) != len(header):
                yield Rejected(line, f"the row has {len(row)} columns, the header has {len(header)}")
            else:
                yield Record(line, dict(zip(header, row, strict=True)))

    def _check(self, header: list[str]) -> None:
        missing = [each for each in self.columns if each not in header]
        others = [each[:40] for each in header if each not in self.columns]
        if missing:
            there = f" (it has {', '.join(others[:5])})" if others else ""
            raise ImportRefused(
                f"{self.path} lacks the columns {', '.join(missing)}{there}; "
                f"its first line must name {', '.join(self.columns)}."
            )
        if others or len(header) != len(self.columns):
            which = ", ".join(others) or "that are named twice"
            raise ImportRefused(
                f"{self.path} has columns that have no place in a case: {which}; leave them out."
            )

    @contextmanager
    def _said_clearly(self) -> Generator[None]:
        try:
            yield
        except EOFError:
            raise ImportRefused(
                f"{self.path} is cut off: the end of the gzip file is missing; fetch it again."
            ) from None
        except (gzip.BadGzipFile, zlib.error):
            raise ImportRefused(f"{self.path} is a damaged gzip file; fetch it again.") from None
        except UnicodeDecodeError:
            raise ImportRefused(f"{self.path} is not in UTF-8; convert it and import it again.") from None
        except OSError as error:
            raise ImportRefused(
                f"{self.path} cannot be read ({error.strerror}); give the path of a CSV file."
            ) from None


def _header(reader: Iterator[list[str]]) -> list[str]:
    with suppress(StopIteration, csv.Error):
        return next(reader)
    return []


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row with the line it begins on; None stands for one that is not CSV."""
    while True:
        line: int = getattr(reader, "line_num") + 1  # noqa: B009 - the type has no public name
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None
            continue
        if row:
            yield line, row
