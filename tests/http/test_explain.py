"""A clock explained over HTTP: as of an instant, in the reader's language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.world import World, problem


def clock_of(
    world: World, id: str, who: dict[str, str], milestone: str = "acknowledgement"
) -> dict[str, Any]:
    clocks = world.get(f"/v1/complaints/{id}/clocks", who).json()["items"]
    return next(each for each in clocks if each["milestone"] == milestone)


def explain(world: World, id: str, clock: str, who: dict[str, str], **query: Any):
    return world.get(f"/v1/complaints/{id}/clocks/{clock}/explain", who, **query)


def test_an_explanation_holds_the_clock_and_its_past(world: World, supervisor: dict[str, str]):
    id = world.received()
    clock = clock_of(world, id, supervisor)

    told = explain(world, id, clock["id"], supervisor).json()

    assert {name: told[name] for name in clock} == clock
    assert told["as_of"] == "2026-05-22T16:00:00Z"
    assert (told["agrees"], told["recomputed_due_before"]) == (True, clock["due_before"])
    (started,) = told["history"]
    assert started == {
        "what": "started",
        "at": "2026-05-22T16:00:00Z",
        "recorded_at": "2026-05-22T16:00:00Z",
        "by": started["by"],
        "cause": None,
        "reason": None,
        "version": "2026-01",
        "calendar_version": clock["calendar_version"],
        "old_due_before": None,
        "due_before": "2026-05-27T22:00:00Z",
        "generation": 1,
        "words": "Fri 22 May 2026 18:00 (+0200): the clock started. "
        "In time before Thu 28 May 2026 00:00 (+0200).",
    }


def test_as_of_an_instant_it_tells_what_had_happened_by_then(world: World, supervisor: dict[str, str]):
    id = world.received()
    clock = clock_of(world, id, supervisor)
    world.later(days=1)
    world.ask(id, "acknowledge", supervisor, {}, version=3)

    now = explain(world, id, clock["id"], supervisor).json()
    then = explain(world, id, clock["id"], supervisor, as_of="2026-05-22T18:00:00Z").json()

    assert [each["what"] for each in now["history"]] == ["started", "met"]
    assert [each["what"] for each in then["history"]] == ["started"]
    assert (now["status"], then["status"]) == ("met", "running")


@pytest.mark.parametrize(
    ("lang", "header", "language"),
    [
        (None, None, "en"),
        ("fr", None, "fr"),
        ("fr-CA", None, "fr"),
        (None, "de, fr;q=0.8, en;q=0.5", "fr"),
        ("en", "fr", "en"),
        ("xx", "fr", "en"),
    ],
)
def test_it_speaks_the_language_that_is_asked_for(
    world: World, supervisor: dict[str, str], lang: str | None, header: str | None, language: str
):
    id = world.received()
    clock = clock_of(world, id, supervisor)
    who = supervisor | ({"Accept-Language": header} if header else {})

    answer = explain(world, id, clock["id"], who, **({"lang": lang} if lang else {}))

    assert answer.headers["content-language"] == language
    begins = {"en": "Acknowledgement, house promise", "fr": "Accusé de réception, engagement"}
    assert answer.json()["explanation"].startswith(begins[language])


def test_a_clock_of_another_case_is_not_there(world: World, supervisor: dict[str, str]):
    one, other = world.received(), world.received(category="fees")
    clock = clock_of(world, other, supervisor)

    assert explain(world, one, clock["id"], supervisor).status_code == 404


def test_a_foreign_case_is_not_there(world: World, supervisor: dict[str, str], stranger: dict[str, str]):
    id = world.received()
    clock = clock_of(world, id, supervisor)

    assert explain(world, id, clock["id"], stranger).status_code == 404


def test_an_unknown_parameter_is_refused(world: World, supervisor: dict[str, str]):
    id = world.received()
    clock = clock_of(world, id, supervisor)

    refused = explain(world, id, clock["id"], supervisor, language="fr")

    assert problem(refused, "invalid", 422)["errors"][0]["parameter"] == "language"
