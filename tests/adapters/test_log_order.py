"""The order of numbers is the order of commits: a reader that tails eight writers misses nothing."""

from __future__ import annotations

from tests.adapters.log_writers import tail


def test_a_reader_sees_every_event_once_in_an_order_without_gaps(postgres_url: str):
    tailed = tail(postgres_url, 4, "head")

    assert tailed.stored == sum(map(len, tailed.seen.values())) > 500
    assert (tailed.missed, tailed.gaps, tailed.twice) == (0, 0, 0)
    assert all(seen == [*range(1, len(seen) + 1)] for seen in tailed.seen.values())
    assert all(tailed.seen.values())


def test_numbers_from_a_sequence_lose_events(postgres_url: str):
    """The same writers and the same reader: the test above can fail."""
    tailed = tail(postgres_url, 4, "sequence")

    assert tailed.missed > 0
    assert tailed.gaps > 0
