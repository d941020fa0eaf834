"""Forms of files as they come: nothing heaps up, whatever they are made of."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from python_multipart.exceptions import MultipartParseError

from adapters.files.incoming import Incoming
from adapters.http.attachments_reading import AT_ONCE, MOST_PARTS, Form, Taking
from adapters.http.problems import Problem
from tests.http.filing import a_png

EMPTY = b"--b\r\nContent-Disposition: form-data; filename=x\r\n\r\n\r\n"


@pytest.fixture
def taking(tmp_path: Path) -> Taking:
    return Taking(lambda: Incoming(UUID(int=1), UUID(int=2), b"k" * 32, b"prefix-", tmp_path), 5)


def test_parts_are_counted_as_they_begin_also_empty_ones(taking: Taking):
    form = Form(b"b", taking)
    form.read(EMPTY * MOST_PARTS)
    assert len(taking.sent) == MOST_PARTS

    with pytest.raises(Problem, match="Send at most 5 files at once"):
        form.read(EMPTY * 2)
    assert len(taking.sent) == MOST_PARTS


@pytest.mark.parametrize("headers", [b"x: " + b"a" * AT_ONCE, b"".join(b"h%d: a\r\n" % n for n in range(99))])
def test_headers_are_few_and_short(taking: Taking, headers: bytes):
    form = Form(b"b", taking)

    with pytest.raises(MultipartParseError):
        form.read(b"--b\r\n" + headers)


def test_what_looks_like_a_boundary_is_handed_on_as_it_is(taking: Taking, monkeypatch: pytest.MonkeyPatch):
    """It comes in crumbs; what they hold is handed on together."""
    pieces: list[bytes] = []

    def noting(_: Incoming, piece: bytes) -> None:
        pieces.append(piece)

    monkeypatch.setattr(Incoming, "add", noting)
    content = a_png() + b"\r\n--\r\n--c" * 1_000
    form = Form(b"b", taking)
    form.read(EMPTY[:-2] + content)
    form.read(b"\r\n--b--\r\n")

    assert b"".join(pieces) == content
    assert len(pieces) <= 3
    assert form.ended
