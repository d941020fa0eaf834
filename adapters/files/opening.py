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
MOST_FILTERS = 2
"""Ways in which one stream is packed, one over the other; more hide something."""
AS_TEXT = {
    "/ASCII85Decode": "/ASCII85Decode",
    "/A85": "/ASCII85Decode",
    "/ASCIIHexDecode": "/ASCIIHexDecode",
    "/AHx": "/ASCIIHexDecode",
}
"""Ways to write bytes as text, by any of their names; they only make them more."""
CARRIES = {"/EmbeddedFiles", "/EF", "/AF"}
"""What a part of a PDF names that has files in it (ISO 32000-2, 7.11.4 and 14.13)."""
STARTS = {"/Launch", "/ImportData"}
"""Actions that start a program or read a file of whoever opens the PDF (ISO 32000-2, 12.6.4)."""
ACTIVE = tuple(name.encode() for name in sorted(CARRIES | STARTS | {"/EmbeddedFile"}))
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
    _refuse_active(pdf.trailer)
    for each in pdf.objects:
        _refuse_active(each)
        if isinstance(each, pikepdf.Stream):
            unpacked += _unpacked(pdf, each)
            if unpacked > MOST_UNPACKED_AT_ALL:
                raise Refused("bomb")


def _refuse_active(thing: Any) -> None:
    """Refuse an object that carries a file or starts a program, by itself or by what lies directly in it.

    Forms to fill in (tax forms, say) have scripts and are sent by them: those are let through.
    """
    import pikepdf

    dictionary = thing.stream_dict if isinstance(thing, pikepdf.Stream) else thing
    if not isinstance(dictionary, pikepdf.Dictionary | pikepdf.Array):
        return
    # Nearly everything is passed over as it is written, where each name has one spelling.
    written = dictionary.unparse(resolved=True)
    if not any(mark in written for mark in ACTIVE):
        return
    rest: list[Any] = [dictionary]
    while rest:
        each = rest.pop()
        if isinstance(each, pikepdf.Dictionary):
            if CARRIES & set(each.keys()) or str(each.get("/S")) in STARTS:
                raise Refused("active_content")
            if each.get("/Type") == pikepdf.Name.EmbeddedFile:
                raise Refused("active_content")
            inside = [each.get(key) for key in each.keys()]  # noqa: SIM118 - it is no dict
        else:
            inside = list(each)
        # What stands elsewhere is looked at there.
        rest += [one for one in inside if _lies_here(one)]


def _lies_here(thing: Any) -> bool:
    """Whether *thing* has something in it and is not only referred to."""
    import pikepdf

    return isinstance(thing, pikepdf.Dictionary | pikepdf.Array) and not thing.is_indirect


def _filters(stream: Any) -> list[str]:
    import pikepdf

    said = stream.get("/Filter")
    return [str(each) for each in said] if isinstance(said, pikepdf.Array) else [str(said)]


def _unpacked(pdf: Any, stream: Any) -> int:
    """Return how many bytes *stream* unpacks to; only what deflates can hold more than the file shows."""
    import pikepdf

    filters, data = _filters(stream), stream.read_raw_bytes()
    if len(filters) > MOST_FILTERS:
        raise Refused("bomb")
    while filters and filters[0] in AS_TEXT:
        text = pikepdf.Stream(pdf, b"")
        text.write(data, filter=pikepdf.Name(AS_TEXT[filters.pop(0)]))
        data = text.read_bytes()
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
