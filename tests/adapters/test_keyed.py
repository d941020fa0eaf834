"""The keyed hash of people is HMAC-SHA-256, whatever the key and the text."""

import hmac

import pytest

from adapters.search.keyed import Keyed


@pytest.mark.parametrize("length", [0, 1, 32, 63, 64, 65, 200])
def test_the_code_is_that_of_the_standard_library(length: int):
    key = bytes(range(256))[:length]
    keyed = Keyed(key)

    for text in (b"", b"email\0someone@example.org", b"\xff" * 1000):
        assert keyed.digest(text) == hmac.digest(key, text, "sha256")
        assert keyed.digest(text) == hmac.digest(key, text, "sha256"), "once more, from the same beginnings"


def test_a_published_code():
    """RFC 4231, test case 2."""
    code = Keyed(b"Jefe").digest(b"what do ya want for nothing?")

    assert code.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
