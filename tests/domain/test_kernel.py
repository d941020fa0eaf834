"""Events are frozen facts, and an aggregate is the fold of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from domain.kernel import HEADER, Aggregate, Context, Event, Value, facts_of
from domain.privacy import Code

ID = UUID(int=7)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
BY = Context(recorded_at=NOON, actor="anna", correlation_id=UUID(int=1), causation_id=UUID(int=2))


class Counted(Event):
    """One more."""

    TOPIC: ClassVar[str] = "probe.counted"

    what: Code


class Counter(Aggregate):
    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.seen: tuple[str, ...] = ()

    def evolve(self, event: Event) -> None:
        if isinstance(event, Counted):
            self.seen += (event.what,)


def test_an_event_is_recorded_whole():
    counter = Counter(ID)

    counter.record(Counted, BY, what="one")

    assert counter.collect_events() == [
        Counted(
            originator_id=ID,
            originator_version=1,
            recorded_at=NOON,
            occurred_at=NOON,
            occurred_at_known=True,
            actor="anna",
            correlation_id=UUID(int=1),
            causation_id=UUID(int=2),
            what="one",
        )
    ]
    assert (counter.version, counter.seen) == (1, ("one",))


def test_state_changes_in_the_version_of_the_event():
    """Live and in replay alike, so that what is kept of an event need not ask it for its version."""

    class Numbered(Counter):
        def evolve(self, event: Event) -> None:
            self.seen += (f"{self.version} of {event.originator_version}",)

    live = Numbered(ID)
    live.record(Counted, BY, what="one")
    live.record(Counted, BY, what="two")
    replayed = Numbered.replay(None, live.collect_events())

    assert replayed is not None
    assert replayed.seen == live.seen == ("1 of 1", "2 of 2")


def test_what_happened_earlier_keeps_its_own_instant():
    counter = Counter(ID)
    before = NOON - timedelta(days=1)

    counter.record(Counted, BY, occurred_at=before, occurred_at_known=False, what="one")

    (event,) = counter.collect_events()
    assert (event.occurred_at, event.occurred_at_known, event.recorded_at) == (before, False, NOON)


def test_events_are_handed_over_once():
    counter = Counter(ID)
    counter.record(Counted, BY, what="one")

    assert len(counter.collect_events()) == 1
    assert counter.collect_events() == []


def test_replay_gives_the_state_that_was_left():
    """In one go, or from where an earlier replay stopped."""
    counter = Counter(ID)
    for what in ("one", "two", "three"):
        counter.record(Counted, BY, what=what)
    events = counter.collect_events()

    at_once = Counter.replay(None, events)
    in_steps = Counter.replay(Counter.replay(None, events[:1]), events[1:])

    assert at_once is not None
    assert in_steps is not None
    assert vars(at_once) == vars(in_steps) == vars(counter)
    assert Counter.replay(None, []) is None


@pytest.mark.parametrize("version", [0, 2])
def test_a_history_with_a_gap_or_a_repeat_is_refused(version: int):
    counter = Counter(ID)
    counter.record(Counted, BY, what="one")
    (event,) = counter.collect_events()

    with pytest.raises(ValueError, match=f"version {version} after 0"):
        Counter.replay(None, [event.model_copy(update={"originator_version": version})])


def test_facts_that_do_not_fit_are_refused_and_nothing_is_recorded():
    counter = Counter(ID)

    wrong: list[dict[str, Any]] = [{}, {"what": ""}, {"what": "a\nb"}, {"what": "x", "more": 1}]
    for facts in wrong:
        with pytest.raises(ValidationError):
            counter.record(Counted, BY, **facts)

    assert (counter.version, counter.seen, counter.collect_events()) == (0, (), [])


def test_the_same_instant_is_kept_the_same_way():
    """In UTC, whatever offset it came with; without an offset it is none."""
    paris = NOON.astimezone(timezone(timedelta(hours=2)))

    assert BY.model_copy(update={"recorded_at": paris}) == BY
    kept = Context(recorded_at=paris, actor="anna", correlation_id=UUID(int=1)).recorded_at
    assert (kept, kept.tzinfo) == (NOON, UTC)
    last = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=2)))
    with pytest.raises(ValidationError, match="beyond the years there are"):
        Context(recorded_at=last, actor="anna", correlation_id=UUID(int=1))
    with pytest.raises(ValidationError):
        Context(recorded_at=NOON.replace(tzinfo=None), actor="anna", correlation_id=UUID(int=1))


@pytest.mark.parametrize(
    "zone", [ZoneInfo("Europe/London"), timezone(timedelta(0), "nowhere"), ZoneInfo("UTC")]
)
def test_a_zone_that_stands_at_the_offset_0_is_brought_to_utc_too(zone: tzinfo):
    """London in winter has the offset of UTC, and in summer another: what is counted on must not move."""
    winter = datetime(2026, 1, 5, 12, tzinfo=zone)

    kept = Context(recorded_at=winter, actor="anna", correlation_id=UUID(int=1)).recorded_at

    assert kept == winter
    assert kept.tzinfo is UTC
    assert (kept + timedelta(days=180)).utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["2026-06-01T12:00:00Z", "2026-06-01T13:00:00+01:00"])
def test_an_instant_is_read_from_json_in_utc(text: str):
    json = f'{{"recorded_at": "{text}", "actor": "anna", "correlation_id": "{UUID(int=1)}"}}'

    kept = Context.model_validate_json(json).recorded_at

    assert (kept, kept.utcoffset()) == (NOON, timedelta(0))
    for wrong in ("2026-06-01T12:00:00", "9999-12-31T23:00:00-02:00", "noon"):
        with pytest.raises(ValidationError) as refused:
            Context.model_validate_json(json.replace(text, wrong))
        assert [each["type"] for each in refused.value.errors()] == ["datetime_aware"]


def test_a_value_is_frozen_and_knows_its_fields():
    class Pair(Value):
        left: int

    pair = Pair(left=1)
    with pytest.raises(ValidationError):
        pair.left = 2
    with pytest.raises(ValidationError):
        Pair.model_validate({"left": 1, "right": 2})


def test_facts_are_all_that_the_header_is_not():
    counter = Counter(ID)
    counter.record(Counted, BY, what="one")
    (event,) = counter.collect_events()

    assert facts_of(event) == {"what": "one"}
    assert set(Counted.model_fields) == HEADER | {"what"}


def test_an_aggregate_says_how_it_folds():
    with pytest.raises(NotImplementedError):
        Aggregate(ID).record(Counted, BY, what="one")
