"""Sealed files in an object store: S3, or what speaks like it, by its URL."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast
from uuid import uuid4

from adapters.files.ports import FileMissing, Kept, StoreAway

INCOMING = "incoming"
"""Below this a file grows that has no address yet."""
PIECE = 8 * 1024 * 1024
"""Bytes of one part of an upload; S3 takes no smaller one but the last."""
ADDRESS_LENGTH = 64


class Bucket:
    """A bucket of sealed files; credentials come from the environment (``AWS_…``), never from the URL.

    A file is written under a name of its own and copied to its address once that is known, so that
    nothing stands under an address that is not whole.
    """

    def __init__(self, url: str) -> None:
        try:
            from obstore import store
        except ImportError:
            raise StoreAway("PLAINT_FILES_URL names an object store; install plaint[s3] for it.") from None
        with _answering():
            # Trouble that lasts is the caller's to wait out: no upload is to hang for minutes.
            self._store: Any = store.from_url(
                url,
                client_options={"timeout": "60s", "allow_http": True},
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
            )

    def put(self, chunks: Iterable[bytes]) -> str:
        """Keep the bytes of *chunks* and return their address."""
        import obstore

        hashed, growing = sha256(), f"{INCOMING}/{uuid4().hex}"

        def seen() -> Iterator[bytes]:
            for chunk in chunks:
                hashed.update(chunk)
                yield chunk

        with _answering():
            try:
                obstore.put(self._store, growing, seen(), chunk_size=PIECE, use_multipart=True)
                address = hashed.hexdigest()
                obstore.copy(self._store, growing, _place(address))
            finally:
                self._forget(growing)
        return address

    def open(self, address: str) -> Iterator[bytes]:
        """Yield the bytes under *address*; raise FileMissing before the first of them."""
        import obstore

        with _answering(address):
            found = obstore.get(self._store, _place(address))
        return _pieces(found.stream(), address)

    def delete(self, address: str) -> None:
        """Forget what is under *address*."""
        with _answering():
            self._forget(_place(address))

    def exists(self, address: str) -> bool:
        """Whether there is something under *address*."""
        import obstore

        try:
            with _answering(address):
                obstore.head(self._store, _place(address))
        except FileMissing:
            return False
        return True

    def kept(self) -> Iterator[Kept]:
        """Yield everything that is kept."""
        for name, since in self._names():
            if len(name) == ADDRESS_LENGTH:
                yield Kept(name, since)

    def sweep(self, before: datetime) -> int:
        """Remove what began to grow before then and never got an address; return how much it was."""
        old = [name for name, since in self._names(INCOMING) if since < before]
        with _answering():
            for each in old:
                self._forget(f"{INCOMING}/{each}")
        return len(old)

    def _names(self, below: str | None = None) -> Iterator[tuple[str, datetime]]:
        import obstore

        with _answering():
            for page in cast("Any", obstore).list(self._store, prefix=below):
                for each in page:
                    yield each["path"].rpartition("/")[2], each["last_modified"]

    def _forget(self, place: str) -> None:
        import obstore

        try:
            obstore.delete(self._store, place)
        except FileNotFoundError:
            return


def _place(address: str) -> str:
    if len(address) != ADDRESS_LENGTH or not set(address) <= set("0123456789abcdef"):
        raise FileMissing("with an address that is none")
    return f"{address[:2]}/{address}"


def _pieces(stream: Iterable[Any], address: str) -> Generator[bytes]:
    with _answering(address):
        for piece in stream:
            yield bytes(piece)


@contextmanager
def _answering(address: str | None = None) -> Generator[None]:
    """Say in our words what went wrong; what the store says may hold its address and more."""
    from obstore import exceptions

    try:
        yield
    except FileNotFoundError:
        if address is None:
            raise StoreAway("The bucket of PLAINT_FILES_URL is not there; make it or name another.") from None
        raise FileMissing(address) from None
    except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
        raise StoreAway("The object store refuses the credentials of the environment (AWS_…).") from None
    except (exceptions.BaseError, OSError) as error:
        said = type(error).__name__
        raise StoreAway(f"The object store does not answer ({said}); see PLAINT_FILES_URL.") from None
