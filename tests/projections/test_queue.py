"""The queue: where each case stands, what it waits for, and what it counts for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import reduce
from itertools import pairwise

import pytest

from domain import commands as c
from domain.clocks import ClockPaused, ClockResumed, clock_id
from domain.commands import Command
from domain.complaint import Complaint
from domain.ids import reference
from domain.kernel import Event
from domain.policies import Rulebook
from domain.testing import HOUSE, MICA, RECEIVED, an_id, asked, paris, received, rules
from projections.projection import changed
from projections.queue import QUEUE, Promise, QueueRow, evolve, measure
from tests.golden.lives import BOTH, PATIENT, a_month, life

RESOLVE = c.Resolve(outcome="rejected", reasons="No.")
INADMISSIBLE = c.Triage(category="fees", severity="low", admissible=False, reason="Not a client.")
WINDOW = """
regime = "probe"
version = "1"
effective_from = 2020-01-01
calendar = "FR"
zone = "Europe/Paris"
[[terms]]
milestone = "referral_window"
limit = 6
unit = "month"
start = "decision_sent"
stop = ["referred_externally"]
window = true
"""
ACKNOWLEDGE, REOPEN = c.Acknowledge(), c.Reopen(reason="Not so.")


def fold(events: list[Event]) -> QueueRow:
    row: QueueRow | None = None
    for number, event in enumerate(events, 1):
        row = evolve(row, event, number)
    assert row is not None
    return row


def case(*days: tuple[str, Command], country: str = "US", book: Rulebook = BOTH) -> QueueRow:
    """Return the row of a complaint of Friday 22 May 2026, 18:00, after commands at instants in Paris."""
    complaint = Complaint(an_id())
    received(book=book, country=country)(complaint)
    for at, command in days:
        asked(command, paris(f"2026-{at}"), book=book)(complaint)
    return fold(complaint.collect_events())


def sweep(at: str) -> tuple[str, Command]:
    return at, c.NoticeMisses(now=paris(f"2026-{at}"))


def states(row: QueueRow) -> list[str]:
    return [f"{promise.regime} {promise.milestone} {promise.state}" for promise in row.promises]


def test_a_receipt_makes_a_row():
    row = case(country="FR")

    assert row.model_dump(exclude={"promises"}) == {
        "id": an_id(),
        "reference": reference(an_id(), "C"),
        "kind": "complaint",
        "status": "received",
        "before_merge": None,
        "merged_into": None,
        "level": 0,
        "version": 4,
        "number": 4,
        "received_at": RECEIVED,
        "category": "withdrawal",
        "severity": None,
        "team": "complaints",
        "assignee": None,
        "channel": "web",
        "legal_entity": "main",
        "sensitivity": "normal",
        "language": "en",
        "regimes": ("house", "mica"),
        "lent": (),
    }
    assert states(row) == [
        "house acknowledgement running",
        "house decision running",
        "mica decision running",
    ]
    assert (row.open, row.overdue, row.escalated) == (True, False, False)


def test_nothing_in_a_row_concerns_a_person():
    """The queue is shown to whoever works, and kept apart from what was submitted."""
    row = case().model_dump_json()

    for word in ("someone", "Someone", "AA12", "withdrawal has not"):
        assert word not in row


@pytest.mark.parametrize(
    ("days", "status", "is_open"),
    [
        ((), "received", True),
        ((("05-26T09:00", ACKNOWLEDGE),), "acknowledged", True),
        ((("05-26T09:00", c.Investigate()),), "investigating", True),
        ((("05-26T09:00", c.Investigate()), ("05-26T10:00", ACKNOWLEDGE)), "investigating", True),
        ((("05-26T09:00", RESOLVE),), "resolved", True),
        ((("05-26T09:00", RESOLVE), ("05-26T10:00", ACKNOWLEDGE)), "resolved", True),
        ((("05-26T09:00", RESOLVE), ("05-26T10:00", c.Close())), "closed", False),
        ((("05-26T09:00", c.Withdraw(reason="Found it.")),), "withdrawn", False),
        ((("05-26T09:00", c.Redirect(reason="A question.")),), "redirected", False),
        ((("05-26T09:00", INADMISSIBLE),), "inadmissible", False),
        ((("05-26T09:00", INADMISSIBLE), ("05-26T10:00", REOPEN)), "investigating", True),
    ],
    ids=range(11),
)
def test_a_row_stands_where_its_case_stands(
    days: tuple[tuple[str, Command], ...], status: str, is_open: bool
):
    row = case(*days)

    assert (row.status, row.open) == (status, is_open)


def test_a_row_follows_what_was_decided_about_its_case():
    row = case(
        ("05-26T09:00", c.Triage(category="fees", severity="high", admissible=True)),
        ("05-26T10:00", c.Assign(team="payments", assignee="anna")),
        ("05-26T11:00", c.Escalate(reason="Late.", level=2)),
    )

    assert (row.category, row.severity, row.team, row.assignee, row.level) == (
        "fees",
        "high",
        "payments",
        "anna",
        2,
    )
    assert row.escalated
    assert not evolve(row, _de_escalated(), 9).escalated  # type: ignore[union-attr]


def _de_escalated() -> Event:
    return next(event for event in a_month() if event.TOPIC == "complaint.de_escalated")


def test_the_next_promise_is_the_one_that_falls_due_first():
    row = case(country="FR")

    assert row.next_promise == row.promises[0]
    assert row.due_before == datetime(2026, 5, 27, 22, tzinfo=UTC)
    assert case(("05-26T09:00", ACKNOWLEDGE), country="FR").due_before == datetime(2026, 6, 3, 22, tzinfo=UTC)


def test_the_strictest_legal_and_the_strictest_house_promise_stand_apart():
    """Whichever of the two comes first of all."""
    row = case(country="FR")

    assert (row.next_house, row.next_legal) == (row.promises[0], None)
    strict = row.model_copy(
        update={"promises": (*row.promises[:2], row.promises[2].model_copy(update={"legal": True}))}
    )
    assert (strict.next_house, strict.next_legal) == (row.promises[0], strict.promises[2])
    assert strict.next_promise == strict.next_house
    met = tuple(each.model_copy(update={"state": "met"}) for each in strict.promises[:2])
    waiting = strict.model_copy(update={"promises": (*met, strict.promises[2])})
    assert (waiting.next_house, waiting.next_legal, waiting.next_promise) == (
        None,
        strict.promises[2],
        strict.promises[2],
    )


def test_a_missed_promise_is_the_strictest_until_the_decision():
    late = case(sweep("05-28T00:00"))
    decided = case(sweep("05-28T00:00"), ("05-28T10:00", RESOLVE))

    assert late.next_house == late.next_promise == late.promises[0]
    assert decided.next_house is decided.next_promise is None


def test_a_missed_promise_stands_where_it_fell_due():
    """Until it is made good: it is what the complainant waits for."""
    row = case(sweep("05-28T00:00"))

    assert (row.overdue, row.due_before) == (True, datetime(2026, 5, 27, 22, tzinfo=UTC))
    late = case(sweep("05-28T00:00"), ("05-28T09:00", ACKNOWLEDGE))
    assert (late.overdue, late.due_before) == (False, datetime(2026, 6, 3, 22, tzinfo=UTC))
    assert states(late)[0] == "house acknowledgement late"


def test_late_evidence_makes_a_promise_met():
    row = case(sweep("05-28T00:00"), ("05-28T09:00", c.Acknowledge(sent_at=paris("2026-05-26T09:00"))))

    assert states(row)[0] == "house acknowledgement met"
    assert not row.overdue


def test_a_decided_case_is_not_overdue():
    """It may still wait for another promise that runs; none that was missed orders it."""
    row = case(sweep("05-28T00:00"), ("05-29T09:00", RESOLVE))

    assert (states(row)[0], row.overdue, row.due_before) == ("house acknowledgement late", False, None)
    assert case(("05-26T09:00", RESOLVE)).due_before == datetime(2026, 5, 27, 22, tzinfo=UTC)


def test_a_corrected_channel_binds_the_row_to_the_regimes_of_that_channel():
    by_letter = rules(HOUSE, MICA.replace('country = ["FR", "IE"]', 'channel = ["letter"]'))
    letter = c.Correct(what="channel", value="letter", reason="It came by post.")

    row = case(("05-26T12:00", letter), book=by_letter)

    assert (row.channel, row.regimes) == ("letter", ("house", "mica"))


def test_an_acknowledgement_recorded_in_error_is_awaited_again():
    wrong = c.Correct(what="event", version=4, reason="Wrong case.")

    row = case(("05-25T10:00", ACKNOWLEDGE), ("05-26T10:00", wrong))

    assert (row.status, states(row)[0]) == ("received", "house acknowledgement running")


def test_an_update_makes_the_missed_updates_good():
    """The missed decision stays."""
    row = case(
        ("05-26T09:00", ACKNOWLEDGE), sweep("06-11T00:00"), ("06-11T09:00", c.SendUpdate(text="Soon."))
    )

    assert states(row) == [
        "house acknowledgement met",
        "house decision missed",
        "house progress_update late",
        "house progress_update met",
        "house progress_update running",
    ]
    assert row.overdue


def test_an_end_leaves_nothing_to_wait_for():
    row = case(sweep("05-28T00:00"), ("05-28T09:00", c.Withdraw(reason="Found it.")))

    assert states(row) == ["house acknowledgement missed", "house decision cancelled"]
    assert (row.due_before, row.overdue, row.open) == (None, False, False)


def test_a_reopened_case_waits_for_its_revived_promises():
    row = case(("05-26T09:00", c.Withdraw(reason="Found it.")), ("05-27T09:00", REOPEN))

    assert states(row) == ["house acknowledgement running", "house decision running"]
    assert row.due_before == datetime(2026, 5, 27, 22, tzinfo=UTC)


def test_a_reopened_case_is_overdue_again_when_nobody_kept_the_promise():
    """Withdrawing it kept no promise; a decision leaves nothing to chase."""
    withdrawn = case(
        sweep("05-28T00:00"), ("05-28T09:00", c.Withdraw(reason="Found it.")), ("05-29T09:00", REOPEN)
    )
    decided = case(sweep("05-28T00:00"), ("05-28T09:00", RESOLVE), ("05-29T09:00", REOPEN))

    assert (withdrawn.overdue, decided.overdue) == (True, False)


def test_a_window_is_nobody_s_promise():
    """When the time of the complainant passes, the clock says so, and the desk owed nothing."""
    complaint = Complaint(an_id())
    book = rules(HOUSE, WINDOW)
    received(book=book)(complaint)
    asked(RESOLVE, paris("2026-05-26T09:00"), book=book)(complaint)
    asked(c.NoticeMisses(now=paris("2026-12-31T09:00")), paris("2026-12-31T09:00"), book=book)(complaint)

    assert {clock.regime: str(clock.status) for clock in complaint.clocks.values()}["probe"] == "missed"
    assert {each.regime for each in fold(complaint.collect_events()).promises} == {"house"}


def test_a_resumed_promise_has_a_new_due_instant():
    row = case()
    clock_id, at = row.promises[0].clock_id, paris("2026-06-10T00:00")
    header = {
        "originator_id": an_id(),
        "recorded_at": at,
        "occurred_at": at,
        "actor": "anna",
        "correlation_id": an_id(),
        "clock_id": clock_id,
    }
    paused = evolve(row, ClockPaused.model_validate(header | {"originator_version": 4}), 4)
    assert paused is not None
    assert (paused.promises[0].state, paused.next_promise) == ("paused", row.promises[1])
    due = {"due_date": "2026-06-12", "due_before": "2026-06-12T22:00:00Z"}
    resumed = evolve(paused, ClockResumed.model_validate(header | due | {"originator_version": 5}), 5)
    assert resumed is not None
    assert resumed.promises[0] == Promise.model_validate(row.promises[0].model_dump() | due)


def test_a_moved_and_an_extended_promise_have_new_due_instants():
    """And nothing else of them changes."""
    clock = clock_id(an_id(), "house", "decision", 1)
    letter = c.SendUpdate(text="Soon.", kind="holding_reply", parts=("reasons", "final_date"))
    moved = c.Retarget(clock=clock, cause="start_corrected", started_at=paris("2026-05-21T18:00"))
    row = case(book=PATIENT)

    for command, due in ((letter, "2026-06-15"), (moved, "2026-06-02")):
        changed = case(("05-26T09:00", command), book=PATIENT)
        assert changed.promises == (
            row.promises[0],
            Promise.model_validate(
                row.promises[1].model_dump() | {"due_date": due, "due_before": f"{due}T22:00:00Z"}
            ),
        )


def test_an_excuse_takes_two_to_show():
    excuse = c.ExcuseMiss(clock=clock_id(an_id(), "house", "acknowledgement", 1), reason_code="third_party")
    complaint = Complaint(an_id())
    received(book=BOTH, country="US")(complaint)
    at = paris("2026-05-28T09:00")
    asked(c.NoticeMisses(now=at), at, book=BOTH)(complaint)
    asked(excuse, at, book=BOTH, actor="anna")(complaint)
    events = complaint.collect_events()
    asked(excuse, at, book=BOTH, actor="bernd")(complaint)
    agreed = events + complaint.collect_events()

    assert [fold(each).promises[0].excused for each in (events, agreed)] == [False, True]
    assert [key[0] for key in measure(fold(agreed)) if "acknowledgement" in key[1]] == ["missed", "excused"]


def test_late_evidence_counts_as_met_and_no_more_as_missed_or_excused():
    row = case(sweep("05-28T00:00"), ("05-28T09:00", c.Acknowledge(sent_at=paris("2026-05-27T17:00"))))
    excused = row.promises[0].model_copy(update={"excused": True})
    counts = measure(row.model_copy(update={"promises": (excused,)}))

    assert [key[0] for key in counts if "acknowledgement" in key[1]] == ["met"]


def test_a_row_knows_the_last_event_it_has_seen():
    row: QueueRow | None = None
    for number, event in enumerate(life(0), 100):
        row = evolve(row, event, number)
        assert row is not None
        assert (row.version, row.number) == (event.originator_version, number)


def test_what_belongs_to_no_case_makes_no_row():
    assert [evolve(None, event, 1) for event in life(0) if event.TOPIC != "complaint.received"] == [None] * (
        len(list(life(0))) - 1
    )


def test_a_case_counts_under_each_heading():
    row = case(("05-26T09:00", ACKNOWLEDGE), sweep("06-04T00:00"))

    assert dict(measure(row)) == {
        **{
            (f"{metric}_by_{heading}", f"complaints|main|normal|{value}"): 1
            for metric in ("received", "open", "overdue")
            for heading, value in (
                ("all", ""),
                ("status", "acknowledged"),
                ("category", "withdrawal"),
                ("channel", "web"),
            )
        },
        ("met", "complaints|main|normal|house|acknowledgement|2026-05"): 1,
        ("missed", "complaints|main|normal|house|decision|2026-06"): 1,
    }


@pytest.mark.parametrize(
    ("days", "falls_due"),
    [
        ((), ["20260527T22"]),
        ((("05-26T09:00", ACKNOWLEDGE),), ["20260603T22"]),
        ((("05-26T09:00", ACKNOWLEDGE), sweep("06-14T00:00")), []),
        ((("05-26T09:00", c.Assign(team="payments")),), ["20260527T22"]),
        ((("05-26T09:00", RESOLVE),), ["20260527T22"]),
        ((("05-26T09:00", ACKNOWLEDGE), ("05-26T10:00", RESOLVE)), []),
        ((("05-26T09:00", RESOLVE), ("05-26T10:00", REOPEN)), ["20260527T22"]),
        ((("05-26T09:00", c.Withdraw(reason="Found it.")),), []),
    ],
    ids=range(8),
)
def test_a_case_counts_where_it_falls_due_next(days: tuple[tuple[str, Command], ...], falls_due: list[str]):
    """As long as it is open and not overdue, at a quarter of an hour in UTC; only complaints do."""
    row = case(*days)
    told = {key: n for key, n in measure(row).items() if key[0].startswith("due_")}

    assert told == {
        (metric, f"{row.team}|main|normal|"): 1
        for hour in falls_due
        for metric in (f"due_in_hour_{hour}", f"due_in_quarter_{hour}000")
    }
    assert not any(key[0].startswith("due_") for key in measure(changed(row, {"kind": "ticket"})))


def test_an_excused_miss_counts_as_missed_and_as_excused():
    row = case(sweep("05-28T00:00"))
    promise = row.promises[0].model_copy(update={"excused": True})
    counts = measure(row.model_copy(update={"promises": (promise,)}))

    assert [key for key in counts if key[0] in {"met", "missed", "excused"}] == [
        ("missed", "complaints|main|normal|house|acknowledgement|2026-05"),
        ("excused", "complaints|main|normal|house|acknowledgement|2026-05"),
    ]


@pytest.mark.parametrize("number", range(6))
def test_the_changes_of_the_counters_add_up_to_the_count(number: int):
    """From no row to the last, and back to none."""
    rows: list[QueueRow | None] = [None]
    for place, event in enumerate(life(number), 1):
        rows.append(evolve(rows[-1], event, place))
    last = rows[-1]
    assert last is not None

    def add(total: dict[tuple[str, str], int], change: dict[tuple[str, str], int]):
        return {key: n for key in total | change if (n := total.get(key, 0) + change.get(key, 0))}

    changes = [dict(QUEUE.delta(before, after)) for before, after in pairwise(rows)]
    assert reduce(add, changes, {}) == dict(measure(last))
    assert add(dict(measure(last)), dict(QUEUE.delta(last, None))) == {}
    assert QUEUE.delta(last, last) == {}


FOLDS: list[Callable[[QueueRow], object]] = [
    lambda row: row.due_before,
    lambda row: row.overdue,
    lambda row: row.model_dump_json(),
]


def test_a_row_survives_its_storage():
    """What was computed from it is computed again."""
    for number in range(6):
        row = fold(list(life(number)))
        again = QueueRow.model_validate_json(row.model_dump_json())
        assert again == row
        assert [read(again) for read in FOLDS] == [read(row) for read in FOLDS]
