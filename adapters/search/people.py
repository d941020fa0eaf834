"""What tells a person, as it is looked up: a keyed hash of its usual form, never the text."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from unicodedata import normalize

from adapters.search import words

SECRET = "search"  # noqa: S105 - the name of a secret
"""The secret of the installation under which people are hashed."""
_EMAIL = re.compile(
    r"<?(?:mailto:)?<?([^\s@<>\"(),;:]+@[^\s@<>\"(),;:]+\.[^\s@<>\"(),;:.]+)>?[.,;:]?", re.IGNORECASE
)
_APART = re.compile(r"[\s.\-_/]+")
MOST_NAMES = 10
"""Words of a name; a longer text is none."""


def email_in(text: str) -> str | None:
    """Return the address that *text* is, however it is written, or None."""
    found = _EMAIL.fullmatch(text.strip())
    return found and found[1]


class People:
    """Hashes who is named; *secret* is asked when it is needed first."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def of_field(self, field: str, text: str) -> bytes | None:
        """Return the hash under which the *text* of a field is found, or None when it tells nobody."""
        match field:
            case "account_email":
                return self.email(text)
            case "full_name" | "people_involved":
                return self._name(text)
            case _:
                return self._number(text)

    def email(self, text: str) -> bytes:
        """Return the hash of an address."""
        return self._hash("email", normalize("NFKC", text).strip().casefold())

    def meant(self, text: str) -> Iterator[bytes]:
        """Yield the hashes of all that *text* as a whole may be: an address, a number, a name."""
        address = email_in(text)
        if address:
            yield self.email(address)
        yield from filter(None, (self._number(text), self._name(text)))

    def _number(self, text: str) -> bytes | None:
        """Hash the id of an account or a case: spaces, hyphens and case make no difference."""
        compact = _APART.sub("", normalize("NFKC", text)).casefold()
        return self._hash("number", compact) if compact else None

    def _name(self, text: str) -> bytes | None:
        """Hash a name: accents, case and the order of its words make no difference."""
        parts = sorted(words.words(text))
        return self._hash("name", " ".join(parts)) if 0 < len(parts) <= MOST_NAMES else None

    def _hash(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._secret(), f"{kind}\0{text}".encode(), sha256)
