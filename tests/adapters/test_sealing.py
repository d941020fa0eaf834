"""A sealed value opens where it was sealed, under its own key, and nowhere else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from adapters.vault.errors import SealBroken
from adapters.vault.sealing import FieldKey, Place, decoded, place_of

KEY, NONCE = bytes(range(32)), bytes(range(12))
PLACE = Place(UUID(int=1), UUID(int=2), 7, "complaint.noted:text")
SEALED = FieldKey(KEY, PLACE).seal(b'"Called."', NONCE)
ELSEWHERE = [
    PLACE._replace(key=UUID(int=3)),
    PLACE._replace(case=UUID(int=3)),
    PLACE._replace(version=8),
    PLACE._replace(label="complaint.noted:texts"),
]


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(text: str) -> bytes:
    kept = decoded(text)
    place = place_of(kept, PLACE.case)
    return FieldKey(KEY, place).open(kept)


def test_a_value_opens_where_it_was_sealed():
    kept = decoded(SEALED)
    place = place_of(kept, PLACE.case)

    assert place == PLACE
    assert FieldKey(KEY, place).open(kept) == b'"Called."'


def test_the_format_is_what_its_description_says():
    """Worked out by the primitives alone, so that somebody else can open it too."""
    label = b"complaint.noted:text"
    head = b"\x01" + PLACE.key.bytes + (7).to_bytes(4, "big") + bytes([len(label)]) + label
    bound = head + PLACE.case.bytes
    both = HKDFExpand(SHA512(), 64, bound).derive(KEY)
    sealed = AESGCMSIV(both[:32]).encrypt(NONCE, b'"Called."', bound)

    assert raw(SEALED) == head + both[32:] + NONCE + sealed


@given(st.binary(max_size=300), st.text(max_size=60), st.integers(0, 2**32 - 1))
def test_any_value_of_any_field_comes_back(value: bytes, label: str, version: int):
    place = PLACE._replace(label=label[:60], version=version)
    kept = decoded(FieldKey(KEY, place).seal(value, NONCE))
    place = place_of(kept, place.case)

    assert FieldKey(KEY, place).open(kept) == value


@pytest.mark.parametrize("place", ELSEWHERE, ids=["key", "case", "version", "label"])
def test_it_opens_nowhere_else(place: Place):
    kept = decoded(SEALED)

    with pytest.raises(SealBroken):
        FieldKey(KEY, place).open(kept)
    assert FieldKey(KEY, place).commitment != FieldKey(KEY, PLACE).commitment


def test_a_key_that_was_not_committed_to_opens_nothing():
    """Even one under which the bytes happen to decrypt: the commitment is compared first."""
    kept = decoded(SEALED)

    with pytest.raises(SealBroken):
        FieldKey(bytes(32), PLACE).open(kept)


@pytest.mark.parametrize("place", range(len(raw(SEALED))))
def test_every_byte_counts(place: int):
    kept = bytearray(raw(SEALED))
    kept[place] ^= 1

    with pytest.raises(SealBroken):
        opened(urlsafe_b64encode(kept).rstrip(b"=").decode())


@pytest.mark.parametrize("length", [0, 1, 21, 22, 41, 73, 85, 90])
def test_what_is_cut_short_is_broken(length: int):
    with pytest.raises(SealBroken):
        opened(urlsafe_b64encode(raw(SEALED)[:length]).rstrip(b"=").decode())


@pytest.mark.parametrize("text", ["", "A", "not base64!", "é"])
def test_what_is_no_sealed_value_is_broken(text: str):
    with pytest.raises(SealBroken):
        opened(text)
