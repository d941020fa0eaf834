"""Identifiers sort by time, name their log, and are read out loud without mistakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import CHECK, CROCKFORD, derived, imported, log_of, new_id, normal_reference, reference

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
CHANCE = st.binary(min_size=10, max_size=10)
IDS = st.builds(new_id, st.just(NOON), CHANCE)


@given(CHANCE, st.integers(0, 255))
def test_an_id_is_a_version_8_uuid_with_its_time_and_its_log(chance: bytes, log: int):
    id = new_id(NOON, chance, log=log)

    assert (id.version, id.variant, log_of(id)) == (8, uuid4().variant, log)
    assert int.from_bytes(id.bytes[:6], "big") == int(NOON.timestamp() * 1000)


@given(CHANCE, CHANCE)
def test_a_later_id_sorts_later(earlier: bytes, later: bytes):
    assert new_id(NOON, earlier) < new_id(NOON + timedelta(milliseconds=1), later)


def test_chance_is_kept_where_the_layout_leaves_room():
    """66 of its bits: two ids of one millisecond differ."""
    assert len({new_id(NOON, bytes([n]) * 10) for n in range(16)}) == 16
    assert new_id(NOON, b"\xff" * 10).bytes[6:] == bytes.fromhex("8f00bfffffffffffffff")


def test_an_instant_before_1970_has_the_first_time_there_is():
    assert new_id(datetime(1969, 1, 1, tzinfo=UTC), b"\0" * 10).bytes[:6] == b"\0" * 6


@given(CHANCE, st.text(), st.text(), st.integers(0, 255))
def test_a_derived_id_is_always_the_same(chance: bytes, name: str, other: str, log: int):
    parent = new_id(NOON, chance, log=log)
    id = derived(parent, name)

    assert id == derived(parent, name)
    assert (id.bytes[:6], log_of(id), id.version) == (parent.bytes[:6], log, 8)
    assert (derived(parent, other) == id) is (other == name)


def test_an_imported_id_is_the_same_on_every_import():
    assert imported("cfpb", "7", NOON) == imported("cfpb", "7", NOON)
    assert len({imported("cfpb", "7", NOON), imported("nyc", "7", NOON), imported("cfpb", "8", NOON)}) == 3


@given(IDS)
def test_a_reference_is_ten_characters_and_a_check_symbol(id: UUID):
    text = reference(id, "C")

    assert text.startswith("C-")
    assert len(text) == 13
    assert set(text[2:12]) <= set(CROCKFORD)
    assert text[12] in CHECK
    assert normal_reference(text) == text


@given(IDS)
def test_a_reference_may_be_written_as_people_write_it(id: UUID):
    """In small letters, with O for zero and I or L for one, with hyphens within."""
    text = reference(id, "T")
    spoken = text.lower().replace("0", "o").replace("1", "l")

    assert normal_reference(f"  {spoken} ") == text
    assert normal_reference(f"{text[:7]}-{text[7:]}") == text
    assert normal_reference(text.replace("1", "I")) == text


@given(IDS, st.integers(0, 9), st.sampled_from(CROCKFORD))
def test_one_wrong_character_is_noticed(id: UUID, place: int, wrong: str):
    text = reference(id, "C")
    changed = text[: 2 + place] + wrong + text[3 + place :]

    assert normal_reference(changed) == (text if changed == text else None)


@given(IDS, st.integers(0, 8))
def test_two_exchanged_neighbours_are_noticed(id: UUID, place: int):
    text = reference(id, "C")
    digits = list(text[2:])
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    changed = "C-" + "".join(digits)

    assert normal_reference(changed) == (text if changed == text else None)


@pytest.mark.parametrize("text", ["", "C", "C-", "X-0123456789A", "C-0123456789", "C-01234567890A", "C-0123456 890", "C-É123456789A"])  # fmt: skip
def test_what_is_no_reference_is_none(text: str):
    assert normal_reference(text) is None
