"""What a file is by its content, and why hostile ones are refused; every file here is made here."""

from __future__ import annotations

import io
import resource
import struct
import time
import zipfile
import zlib
from base64 import a85encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from adapters.files import opening
from adapters.files.checking import Verdict, check
from adapters.files.reasons import SAID, Refusal, said

GRADIENT = bytes(range(256)) * 96


def picture(kind: str, size: tuple[int, int] = (128, 64)) -> bytes:
    made = io.BytesIO()
    Image.frombytes(
        "RGB", size, (GRADIENT * (size[0] * size[1] * 3 // len(GRADIENT) + 1))[: size[0] * size[1] * 3]
    ).save(made, kind)
    return made.getvalue()


def pdf(change: Callable[[Any], object] = lambda _: None, **saving: Any) -> bytes:
    made = io.BytesIO()
    with pikepdf.new() as new:
        new.add_blank_page()
        change(new)
        new.save(made, **saving)
    return made.getvalue()


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        new.writestr("run.sh", "echo")
    return made.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def vast_png() -> bytes:
    """A picture of 9,000 times 9,000 pixels in a few hundred bytes."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 9_000, 9_000, 8, 2, 0, 0, 0))
    return opening.PNG + head + chunk(b"IDAT", zlib.compress(b"\0" * 9_000)) + chunk(b"IEND", b"")


def flate_of_flate(new: Any) -> None:
    """Three hundred million bytes in less than one thousand."""
    stream = pikepdf.Stream(new, b"")
    packer = zlib.compressobj(9)
    once = b"".join(packer.compress(b"\0" * 10_000_000) for _ in range(30)) + packer.flush()
    stream.write(
        zlib.compress(once, 9), filter=pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    )
    new.Root.Bomb = new.make_indirect(stream)


def starting_a_program(new: Any) -> None:
    new.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="run.exe")


DATED: Any = {"mime_type": "application/octet-stream"}


def carrying_a_file(new: Any) -> None:
    new.attachments["run.exe"] = pikepdf.AttachedFileSpec(new, b"MZ", **DATED)


def carrying_a_file_that_is_not_called_one(new: Any) -> None:
    stream = new.make_stream(b"MZ")
    named = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="a.exe", EF=pikepdf.Dictionary(F=stream))
    new.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.FileAttachment, FS=named)])


def with_files_of_its_own(new: Any) -> None:
    new.Root.AF = pikepdf.Array([])


def with_a_tree_of_files(new: Any) -> None:
    new.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array([])))


LAUNCH = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")


def starting_a_program_when_a_page_opens(new: Any) -> None:
    new.pages[0].AA = pikepdf.Dictionary(O=LAUNCH)


def starting_a_program_next(new: Any) -> None:
    first = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.org", Next=pikepdf.Array([LAUNCH]))
    new.Root.OpenAction = first


def starting_a_program_from_a_stream(new: Any) -> None:
    stream = new.make_stream(b"x")
    stream.Resources = pikepdf.Dictionary(A=LAUNCH)
    new.Root.X = stream


def reading_a_file_of_its_reader(new: Any) -> None:
    new.pages[0].Annots = pikepdf.Array(
        [pikepdf.Dictionary(A=pikepdf.Dictionary(S=pikepdf.Name.ImportData, F="c:/secret"))]
    )


def with_scripts(new: Any) -> None:
    """As forms to fill in have them; and a name in a text is no action."""
    send = pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="https://example.org")
    new.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)", Next=send)
    new.docinfo.Title = "How /Launch and /EF work"


def packed(*filters: pikepdf.Name, data: bytes) -> Callable[[Any], None]:
    def pack(new: Any) -> None:
        stream = pikepdf.Stream(new, b"")
        stream.write(data, filter=pikepdf.Array(filters))
        new.Root.Bomb = new.make_indirect(stream)

    return pack


def deflated_zeros() -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b"\0" * 10_000_000) for _ in range(30)) + packer.flush()


FLATE, A85, HEX = pikepdf.Name.FlateDecode, pikepdf.Name.ASCII85Decode, pikepdf.Name.ASCIIHexDecode
AS_IT_IS: Any = {"stream_decode_level": pikepdf.StreamDecodeLevel.none, "compress_streams": False}


def with_text(new: Any) -> None:
    new.pages[0].Contents = new.make_stream(b"BT ET " * 20_000)


OWNER_ONLY = pikepdf.Encryption(owner="owner", user="", allow=pikepdf.Permissions(print_highres=False))
GOOD = {
    "a JPEG": (picture("JPEG"), "jpeg"),
    "a JPEG with a preview behind it, as phones make": (picture("JPEG") + picture("JPEG", (16, 8)), "jpeg"),
    "a PNG": (picture("PNG"), "png"),
    "a PDF": (pdf(with_text), "pdf"),
    "a PDF that opens without a password but may not be printed": (pdf(encryption=OWNER_ONLY), "pdf"),
    "a PDF with scripts, as forms have": (pdf(with_scripts), "pdf"),
    "a PDF with a stream that is written as text": (
        pdf(packed(A85, FLATE, data=a85encode(zlib.compress(b"x")) + b"~>"), **AS_IT_IS),
        "pdf",
    ),
    "a PDF after an empty line": (b"\r\n" + pdf(), "pdf"),
}
HOSTILE = {
    "nothing": (b"", Refusal.EMPTY),
    "text": (b"Dear Sirs, ...", Refusal.NOT_ALLOWED),
    "a web page": (b"<html><script>alert(1)</script></html>", Refusal.NOT_ALLOWED),
    "a GIF": (picture("GIF"), Refusal.NOT_ALLOWED),
    "an archive under the name of a PDF": (archive(), Refusal.NOT_ALLOWED),
    "a PDF behind other bytes": (b"MZ\x90\x00" + pdf(), Refusal.POLYGLOT),
    "a JPEG with an archive behind it": (picture("JPEG") + archive(), Refusal.POLYGLOT),
    "a PNG with a PDF behind it": (picture("PNG") + pdf(), Refusal.POLYGLOT),
    "a JPEG with a page of the web behind it": (picture("JPEG") + b"<script>1</script>", Refusal.POLYGLOT),
    "a PDF with an archive behind it": (pdf() + archive(), Refusal.POLYGLOT),
    "a JPEG cut short": (picture("JPEG")[:-400], Refusal.DAMAGED),
    "a PNG cut short": (picture("PNG")[:-20], Refusal.DAMAGED),
    "a PNG with a wrong checksum": (picture("PNG").replace(b"IDAT", b"IDAT\xff", 1), Refusal.DAMAGED),
    "a PDF cut short": (pdf(with_text)[:-200], Refusal.DAMAGED),
    "a PDF in name only": (b"%PDF-1.7\n%%EOF\n", Refusal.DAMAGED),
    "a PDF that needs a password": (
        pdf(encryption=pikepdf.Encryption(owner="owner", user="user")),
        Refusal.ENCRYPTED,
    ),
    "a picture of 81 million pixels": (vast_png(), Refusal.TOO_MANY_PIXELS),
    "a PDF that unpacks to hundreds of megabytes": (pdf(flate_of_flate), Refusal.BOMB),
    "a PDF that starts a program": (pdf(starting_a_program), Refusal.ACTIVE_CONTENT),
    "a PDF that unpacks to as much and is written as text": (
        pdf(packed(HEX, FLATE, data=deflated_zeros().hex().encode() + b">"), **AS_IT_IS),
        Refusal.BOMB,
    ),
    "a PDF with a stream that is packed three times": (
        pdf(packed(A85, A85, FLATE, data=b"~>"), **AS_IT_IS),
        Refusal.BOMB,
    ),
    "a PDF that carries a file": (pdf(carrying_a_file), Refusal.ACTIVE_CONTENT),
    **{
        f"a PDF {change.__name__.replace('_', ' ')}": (pdf(change), Refusal.ACTIVE_CONTENT)
        for change in (
            carrying_a_file_that_is_not_called_one,
            with_files_of_its_own,
            with_a_tree_of_files,
            starting_a_program_when_a_page_opens,
            starting_a_program_next,
            starting_a_program_from_a_stream,
            reading_a_file_of_its_reader,
        )
    },
}


def looked_at(data: bytes, tmp_path: Path) -> Verdict:
    path = tmp_path / "file"
    path.write_bytes(data)
    return check(path)


@pytest.mark.parametrize(("data", "kind"), GOOD.values(), ids=GOOD)
def test_the_three_types_are_known_by_their_content(data: bytes, kind: Any, tmp_path: Path):
    assert looked_at(data, tmp_path) == Verdict(kind)


@pytest.mark.parametrize(("data", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_hostile_or_broken_is_refused_with_its_reason(data: bytes, reason: Refusal, tmp_path: Path):
    assert looked_at(data, tmp_path) == Verdict(reason=reason)


def test_a_file_beyond_fifty_megabytes_is_refused_without_being_read(tmp_path: Path):
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.write(b"\xff\xd8\xff")
        file.truncate(50 * 1024 * 1024 + 1)

    assert check(path) == Verdict(reason=Refusal.TOO_LARGE)


def test_a_file_without_a_name_can_be_looked_at(tmp_path: Path):
    path = tmp_path / "file"
    path.write_bytes(picture("PNG"))
    with path.open("rb") as file:
        path.unlink()

        assert check(Path(f"/proc/self/fd/{file.fileno()}")) == Verdict("png")


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr("adapters.files.checking.PROGRAM", str(slow))
    began = time.monotonic()

    assert check(slow, seconds=1) == Verdict(reason=Refusal.TIMED_OUT)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "program",
    ["raise SystemExit(3)", "print('{}')", 'print(\'{"kind": "zip"}\')', "import os\nos.abort()"],
    ids=["fails", "says nothing", "says nonsense", "crashes"],
)
def test_whatever_goes_wrong_in_the_cage_is_no_acceptance(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    broken = tmp_path / "broken.py"
    broken.write_text(program)
    monkeypatch.setattr("adapters.files.checking.PROGRAM", str(broken))

    assert check(broken) == Verdict(reason=Refusal.CHECK_FAILED)


def test_the_cage_can_neither_write_nor_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each way out is tried by a program that has the limits of the real one."""
    source = Path(opening.__file__).read_text()
    tries = tmp_path / "tries.py"
    tries.write_text(
        source.partition("if __name__")[0]
        + f"""
_limit(5, 256)
try:
    bytearray(512 << 20)
except MemoryError:
    try:
        open({str(tmp_path / "out")!r}, "wb").write(b"x" * 9_000)
    except OSError:
        print('{{"reason": "bomb"}}')
"""
    )
    tries_signal = "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    tries.write_text(tries.read_text().replace("\n_limit(5", f"\n{tries_signal}_limit(5", 1))
    monkeypatch.setattr("adapters.files.checking.PROGRAM", str(tries))

    assert check(tries) == Verdict(reason=Refusal.BOMB)


def test_the_desk_does_not_grow_with_what_it_looks_at(tmp_path: Path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert looked_at(picture("PNG", (4_000, 3_000)), tmp_path).accepted
    assert looked_at(pdf(flate_of_flate), tmp_path) == Verdict(reason=Refusal.BOMB)
    # What is made here is some thirty megabytes; the cage's hundreds are not ours.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    good=st.sampled_from([data for data, _ in GOOD.values()]),
    at=st.floats(0, 1, exclude_max=True),
    noise=st.binary(min_size=1, max_size=40),
)
def test_a_changed_file_is_never_taken_for_another_type(good: bytes, at: float, noise: bytes, tmp_path: Path):
    place = int(at * len(good))
    changed = good[:place] + noise + good[place + len(noise) :]
    (tmp_path / "changed").write_bytes(changed)
    kinds = {kind for data, kind in GOOD.values() if data == good}

    with (tmp_path / "changed").open("rb") as file:
        try:
            kind = opening.opened(file)
        except opening.Refused as refused:
            kind = Refusal(str(refused))
    assert kind in kinds | set(Refusal)


def test_each_reason_is_told_in_both_languages():
    languages = cast("tuple[Any, ...]", ("en", "fr"))
    assert set(SAID) == set(Refusal)
    assert all(said(reason, language) for reason in Refusal for language in languages)
