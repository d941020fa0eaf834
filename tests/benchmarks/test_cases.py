"""Cases that live another's life again are as good as those that lived it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from domain.complaint import Complaint
from domain.kernel import Event
from tests.benchmarks import cases, sides
from tests.benchmarks.figures import judged, versus
from tests.benchmarks.write import BEGIN, END, figures, written

NOW = datetime(2026, 5, 29, 9, tzinfo=UTC)


def state(events: list[Event]) -> dict[str, Any]:
    replayed = Complaint.replay(None, events)
    assert replayed is not None
    return vars(replayed)


def test_the_same_seed_and_instant_give_the_same_cases(tmp_path: Path):
    with sides.opened(tmp_path) as plaint:
        first, second = (
            [event for case in islice(cases.Copies(lives, (0,)), 30) for event in case.collect_events()]
            for lives in (cases.lived(plaint.desk.rules, NOW, number=20) for _ in range(2))
        )

    assert first == second
    assert len({event.originator_id for event in first}) == 30


def test_a_life_lived_again_under_its_own_name_is_that_life(tmp_path: Path):
    with sides.opened(tmp_path) as plaint:
        lives = cases.lived(plaint.desk.rules, NOW, number=20)

    for life in lives:
        again = cases.again(life, life[0].originator_id, "N84G")
        changed = {"correlation_id", "account_email", "account_id", "full_name"}
        assert [e.model_dump(exclude=changed) for e in again] == [e.model_dump(exclude=changed) for e in life]


def test_a_life_lived_again_under_another_name_is_valid_and_ends_alike(tmp_path: Path):
    with sides.opened(tmp_path) as plaint:
        lives = cases.lived(plaint.desk.rules, NOW, number=20)
        copies = [case.collect_events() for case in islice(cases.Copies(lives, plaint.store.logs), 20)]
        for copy in copies:
            plaint.store.append(cases.Past(copy))

        assert [plaint.store.history(copy[0].originator_id) for copy in copies] == copies
    for life, copy in zip(lives, copies, strict=True):
        one, other = state(life), state(copy)
        assert one["id"] != other["id"]
        assert not set(one["clocks"]) & set(other["clocks"])
        assert (one["status"], one["version"]) == (other["status"], other["version"])
        assert [c.status for c in one["clocks"].values()] == [c.status for c in other["clocks"].values()]


@pytest.mark.parametrize("length", [1, 3, 5, 40])
def test_a_case_has_as_many_events_as_asked(tmp_path: Path, length: int):
    with sides.opened(tmp_path) as plaint:
        stored = cases.store_cases(plaint, 7, length)
        loaded = [plaint.store.load(Complaint, id) for id in stored.cases]

        assert [case and case.version for case in loaded] == [length] * 7
        assert stored.events == 7 * length


def test_read_models_agree_with_what_was_stored(tmp_path: Path):
    with sides.opened(tmp_path) as plaint:
        before = plaint.store.count()
        stored = cases.store(plaint, 2_000)
        plaint.views.catch_up()

        assert plaint.store.count() - before == stored.events >= 2_000
        assert plaint.views.stopped() == {}
        assert plaint.drift.run()
        assert plaint.drift.drifted
        assert set(plaint.drift.drifted.values()) == {0}


def test_a_ratio_is_taken_round_by_round_and_judged_by_its_middle():
    assert versus([2.0, 30.0, 4.0], [1.0, 10.0, 1.0], 3.0) == {
        "ratio": 3.0,
        "goal": ">= 3",
        "met": "yes",
        "lowest": 2.0,
        "highest": 4.0,
    }
    assert judged(1.2, 1.1, at_most=True)["met"] == "no"


def test_figures_are_written_into_their_place(tmp_path: Path):
    (tmp_path / "plaint-bench-map.json").write_text('[{"event": "noted", "ours, us": 4.86, "met": "yes"}]')

    page = written(f"before\n{BEGIN}\nold\n{END}\nafter\n", figures(tmp_path))

    assert page == (
        f"before\n{BEGIN}\n\n### One event to bytes and back\n\n"
        "| event | ours, us | met |\n| --- | --: | --: |\n| noted | 4.86 | yes |\n\n"
        f"{END}\nafter\n"
    )
