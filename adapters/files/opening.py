"""Opens one file that nobody trusts, as a program of its own: its limits end it, not the desk.

Standard input is the file; the one line on standard output says what it is or why it is refused,
as JSON.  It imports nothing of Plaint, so that it starts quickly and can be read alone.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

MOST_BYTES = 50 * 1024 * 1024
MOST_PIXELS = 60_000_000
"""More than any phone's picture, and little enough to be decoded within the memory that there is."""
MOST_OBJECTS = 200_000
MOST_PAGES = 5_000
MOST_UNPACKED = 250_000_000
"""Bytes that one stream of a PDF may unpack to."""
MOST_UNPACKED_AT_ALL = 1_000_000_000
STEP = 1 << 20
TAIL = 2_048
"""Bytes at the end of a PDF within which it must say that it ends."""
PNG = b"\x89PNG\r\n\x1a\n"
BLANK = b"\xef\xbb\xbf\x00\t\n\x0c\r "
"""What may stand before a PDF and means nothing."""
FOREIGN = (
    b"%PDF-",
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"<html",
    b"<HTML",
    b"<script",
    b"<SCRIPT",
    b"<?php",
)
"""How what is no picture begins: long enough not to be met by chance; zip is looked for apart."""


class Refused(Exception):
    """The file is refused; the message is the code of the reason."""


def opened(file: BinaryIO) -> str:
    """Return the type of *file* by its content: ``jpeg``, ``png`` or ``pdf``; raise Refused otherwise."""
    size = os.fstat(file.fileno()).st_size
    if size == 0:
        raise Refused("empty")
    if size > MOST_BYTES:
        raise Refused("too_large")
    start = file.read(1_024)
    for kind, begins, look in KINDS:
        if begins(start):
            look(file)
            if _is_archive(file):
                raise Refused("polyglot")
            return kind
    raise Refused("polyglot" if b"%PDF-" in start else "not_allowed")


def _is_archive(file: BinaryIO) -> bool:
    file.seek(0)
    return zipfile.is_zipfile(file)


def _jpeg(file: BinaryIO) -> None:
    _picture(file, "JPEG")
    # What follows the end is no sign of anything: phones append previews and film.
    _refuse_foreign(file)


def _png(file: BinaryIO) -> None:
    file.seek(len(PNG))
    while (head := file.read(8))[4:] != b"IEND":
        if len(head) < 8:
            raise Refused("damaged")
        file.seek(struct.unpack(">I", head[:4])[0] + 4, os.SEEK_CUR)
    _picture(file, "PNG")
    _refuse_foreign(file)


def _refuse_foreign(file: BinaryIO) -> None:
    file.seek(0)
    data = file.read()
    if any(mark in data for mark in FOREIGN):
        raise Refused("polyglot")


def _picture(file: BinaryIO, kind: str) -> None:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # ours is asked first
    file.seek(0)
    try:
        with Image.open(file, formats=[kind]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("too_many_pixels")
            # An eighth of each side of a JPEG takes every byte of it and little of the memory.
            picture.draft("RGB", (picture.width // 8, picture.height // 8))
            picture.load()
    except (OSError, SyntaxError, ValueError, struct.error):
        raise Refused("damaged") from None


def _pdf(file: BinaryIO) -> None:
    import pikepdf

    file.seek(-min(TAIL, os.fstat(file.fileno()).st_size), os.SEEK_END)
    # Cut short, it would be mended, and nobody would know what was lost.
    if b"%%EOF" not in file.read():
        raise Refused("damaged")
    file.seek(0)
    try:
        with pikepdf.open(file) as pdf:
            if not 0 < len(pdf.pages) <= MOST_PAGES:
                raise Refused("damaged" if len(pdf.pages) == 0 else "bomb")
            if len(pdf.objects) > MOST_OBJECTS:
                raise Refused("bomb")
            _look_at_objects(pdf)
    except pikepdf.PasswordError:
        raise Refused("encrypted") from None
    except (pikepdf.PdfError, ValueError, RuntimeError, RecursionError):
        raise Refused("damaged") from None


def _look_at_objects(pdf: Any) -> None:
    import pikepdf

    unpacked = 0
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream):
            if each.get("/Type") == pikepdf.Name.EmbeddedFile:
                raise Refused("active_content")
            unpacked += _unpacked(each.read_raw_bytes(), _filters(each))
            if unpacked > MOST_UNPACKED_AT_ALL:
                raise Refused("bomb")
        elif isinstance(each, pikepdf.Dictionary) and _launches(each):
            raise Refused("active_content")


def _launches(thing: Any) -> bool:
    import pikepdf

    actions = (thing, thing.get("/A"), thing.get("/OpenAction"))
    return any(
        isinstance(each, pikepdf.Dictionary) and each.get("/S") == pikepdf.Name.Launch for each in actions
    )


def _filters(stream: Any) -> list[str]:
    import pikepdf

    said = stream.get("/Filter")
    return [str(each) for each in said] if isinstance(said, pikepdf.Array) else [str(said)]


def _unpacked(data: bytes, filters: list[str]) -> int:
    """Return how many bytes *data* unpacks to; only what deflates can hold more than the file shows."""
    parts: Iterator[bytes] = iter([data])
    for each in filters:
        if each not in {"/FlateDecode", "/Fl"}:
            break
        parts = _inflated(parts)
    total = 0
    for part in parts:
        total += len(part)
        if total > MOST_UNPACKED:
            raise Refused("bomb")
    return total


def _inflated(parts: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj()
    try:
        for part in parts:
            rest = part
            while rest:
                yield inflater.decompress(rest, STEP)
                rest = inflater.unconsumed_tail
    except zlib.error:
        # A picture that cannot be unpacked to its end is the reader's business; it cannot grow either.
        return


KINDS: tuple[tuple[str, Callable[[bytes], bool], Callable[[BinaryIO], None]], ...] = (
    ("jpeg", lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    ("png", lambda data: data.startswith(PNG), _png),
    ("pdf", lambda data: data.lstrip(BLANK).startswith(b"%PDF-"), _pdf),
)


def _limit(seconds: int, megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def main() -> None:
    """Say of standard input what it is."""
    warnings.simplefilter("ignore")
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    try:
        answer = {"kind": opened(sys.stdin.buffer)}
    except Refused as refused:
        answer = {"reason": str(refused)}
    except MemoryError:
        answer = {"reason": "bomb"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
