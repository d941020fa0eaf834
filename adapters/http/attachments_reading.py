"""How a body with files is read: as it comes, piece by piece, and nothing of it whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.message import Message
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from adapters.files.files import Sent
from adapters.files.incoming import Incoming
from adapters.files.reasons import Refusal
from adapters.http.languages import negotiate
from adapters.http.problems import Kind, Mistake, Problem
from domain.attachments.names import NAMELESS, cleaned
from domain.tongues import LANGUAGES, Language

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MULTIPART = "multipart/form-data"
ALONE = ("image/jpeg", "image/png", "application/pdf", "application/octet-stream")
"""What a body may be that is one file."""
AT_ONCE = 256 * 1024
"""Bytes that are handed to a thread together."""
MOST_PARTS = 50
"""Parts that are read at all; more is no form."""
MOST_HEADERS, MOST_HEADER_BYTES = 8, 4_096
"""Headers of one part, and bytes of one of them."""
MOST_DECLARED = 100
MOST_TEXT = 1_000
"""Bytes of a field of a page's form that is no file."""


async def received(
    request: Request, begin: Callable[[], Incoming], most: int, fields: dict[str, list[str]] | None = None
) -> list[Sent]:
    """Return the files of *request*, at most *most* of them whole; the others are refused, each by itself.

    A form may hold no other fields than those that *fields* names, whose values are put there.
    Whatever goes wrong on the way, also when the client has gone, leaves nothing.
    """
    taking = Taking(begin, most, fields)
    try:
        if _media(request) == MULTIPART:
            await _parts(request, taking)
        else:
            await _one(request, taking)
    except BaseException as error:
        taking.close()
        if isinstance(error, HTTPException) and error.status_code == 413:
            raise Problem(Kind.TOO_LARGE, "Send fewer or smaller files at once.") from None
        raise
    # A form in which nobody chose a file sends one without a name that holds nothing.
    return [s for s in taking.sent if s.file.refusal is not Refusal.EMPTY or s.name != NAMELESS]


class Taking:
    """The files of one request, each after the other; what is done to them is done in a thread."""

    def __init__(
        self, begin: Callable[[], Incoming], most: int, fields: dict[str, list[str]] | None = None
    ) -> None:
        self.sent: list[Sent] = []
        self.fields = fields or {}
        self._begin, self._most = begin, most

    def close(self) -> None:
        """Let go of everything."""
        for each in self.sent:
            each.file.close()

    def too_many(self) -> Problem:
        """Return what is said of a form with more parts than are read."""
        return Problem(Kind.TOO_LARGE, f"Send at most {self._most} files at once.")

    def next(self, headers: Mapping[str, str]) -> None:
        """Begin with the next file."""
        file = self._begin()
        self.sent.append(Sent(file, _name(headers), _declared(headers)))
        if sum(each.file.refusal is None for each in self.sent) > self._most:
            file.refuse(Refusal.TOO_MANY)


async def _one(request: Request, taking: Taking) -> None:
    """Read a body that is one file; it ends where the file would be too large."""
    if _media(request) not in ALONE:
        accepted = ", ".join((MULTIPART, *ALONE))
        said = f"Send files as {MULTIPART}, or one file as it is with its Content-Type."
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, said, headers={"Accept-Post": accepted})
    await run_in_threadpool(taking.next, dict(request.headers))
    file, waiting = taking.sent[0].file, bytearray()
    async for piece in request.stream():
        waiting += piece
        if len(waiting) >= AT_ONCE:
            await run_in_threadpool(file.add, bytes(waiting))
            waiting.clear()
            if file.refusal is Refusal.TOO_LARGE:
                return
    await run_in_threadpool(file.add, bytes(waiting))
    await run_in_threadpool(file.finish)


async def _parts(request: Request, taking: Taking) -> None:
    """Read a form whose every field is a file."""
    _, options = parse_options_header(request.headers["content-type"])
    boundary = options.get(b"boundary")
    if not boundary:
        raise Problem(Kind.BAD_REQUEST, "Name the boundary of the form in its Content-Type.")
    form, waiting = Form(boundary, taking), bytearray()
    try:
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= AT_ONCE:
                await run_in_threadpool(form.read, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(form.read, bytes(waiting))
    except MultipartParseError:
        raise Problem(Kind.BAD_REQUEST, "Write the form as RFC 7578 says.") from None
    if not form.ended:
        raise Problem(Kind.BAD_REQUEST, "The form ends in the middle; send it whole.")


class Form:
    """A form while it comes: what it holds is handed on file by file, and nothing of it heaps up here."""

    def __init__(self, boundary: bytes, taking: Taking) -> None:
        self.ended = False
        self._taking, self._parts = taking, 0
        self._headers: dict[str, str] = {}
        self._text: str | None = None
        self._field, self._value, self._piece = b"", b"", bytearray()
        limits = {"max_header_count": MOST_HEADERS, "max_header_size": MOST_HEADER_BYTES}
        self._parser = MultipartParser(boundary, self._callbacks(), **limits)

    def read(self, data: bytes) -> None:
        """Read the next bytes; whatever is wrong with them, the form ends there."""
        self._parser.write(data)
        self._hand_on()

    def _callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begins,
            "on_header_field": self._named,
            "on_header_value": self._valued,
            "on_header_end": self._header,
            "on_headers_finished": self._begun,
            "on_part_data": self._came,
            "on_part_end": self._finished,
            "on_end": self._end,
        }

    def _begins(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise self._taking.too_many()
        self._headers.clear()

    def _named(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _valued(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = _text(self._value)
        self._field, self._value = b"", b""

    def _begun(self) -> None:
        self._text = None
        if _filename(self._headers) is not None:
            self._taking.next(self._headers)
            return
        field = _options(self._headers).get("name", "")
        if field not in self._taking.fields:
            raise _no_file(field[:100])
        self._text = field

    def _came(self, data: bytes, start: int, end: int) -> None:
        # What looks like a boundary comes in crumbs.
        self._piece += data[start:end]

    def _hand_on(self) -> None:
        if self._text is not None:
            if len(self._piece) > MOST_TEXT:
                raise _no_file(self._text)
        elif self._piece:
            self._taking.sent[-1].file.add(bytes(self._piece))
            self._piece.clear()

    def _finished(self) -> None:
        self._hand_on()
        if self._text is None:
            self._taking.sent[-1].file.finish()
        else:
            self._taking.fields[self._text].append(_text(bytes(self._piece)))
            self._piece.clear()

    def _end(self) -> None:
        self.ended = True


def _no_file(field: str) -> Problem:
    detail = f"{field}: This is no file; send files alone."
    return Problem(Kind.INVALID, detail, errors=[Mistake(parameter=field, detail=detail, type="no_file")])


def _media(request: Request) -> str:
    """Return what kind of body it is; refuse one that is compressed."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(Kind.UNSUPPORTED_MEDIA_TYPE, "Send files as they are, not compressed.")
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _text(value: bytes) -> str:
    """Return a header as text: browsers write names of files in UTF-8 (RFC 7578, 5.1)."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _options(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters of Content-Disposition; one with an asterisk, as RFC 8187 writes it, counts."""
    said = headers.get("content-disposition", "")
    try:
        message = Message()
        message["content-disposition"] = said
        found = message.get_params(header="content-disposition", unquote=True) or []
    except (ValueError, UnicodeError):
        return {}
    return {name.lower(): _plain(value) for name, value in found if name}


def _plain(value: str | tuple[str | None, str | None, str]) -> str:
    if isinstance(value, str):
        return value
    charset, _, text = value
    try:
        return text.encode("latin-1").decode(charset or "utf-8")
    except (LookupError, UnicodeError):
        return text


def _filename(headers: Mapping[str, str]) -> str | None:
    name = _options(headers).get("filename")
    # So do browsers write what would end the name (HTML Standard, multipart/form-data encoding algorithm).
    return name and name.replace("%22", '"').replace("%0D", " ").replace("%0A", " ")


def _name(headers: Mapping[str, str]) -> str:
    return cleaned(_filename(headers) or "")


def _declared(headers: Mapping[str, str]) -> str | None:
    """Return the media type that the sender names, as far as it looks like one."""
    said = headers.get("content-type", "").partition(";")[0].strip().lower()[:MOST_DECLARED]
    return said if said.isascii() and said.isprintable() and said else None


def language_of(request: Request, asked: str | None = None) -> Language:
    """Return the language in which whoever asks is told about files."""
    return "fr" if negotiate(request, LANGUAGES, asked) == "fr" else "en"
