"""Loading a case and mapping an event: Plaint against the eventsourcing library, and what sealing costs.

Both sides load cases of the same number of events by replay, without a snapshot; Plaint validates
every event, and leaves personal texts sealed, as nearly every command does; what opening all of them
takes is measured beside it.  Both map an event of the same facts to bytes and back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from eventsourcing.persistence import StoredEvent

from adapters.bootstrap import Plaint
from domain.kernel import Event
from tests.benchmarks import cases, library, sides
from tests.benchmarks.crowd import Act
from tests.benchmarks.figures import ROUNDS, WINDOW, in_turn, middle, rate, report, versus

LENGTHS = {5: 1.5, 50: 3.0, 500: 5.0}
"""How many events a case has, and the goal of the ratio."""
ENCODE, DECODE = 3.0, 2.5
CASES = 20
AT_ONCE = 20
"""Events that are mapped between two looks at the clock."""


def test_load_on_postgresql(postgres_url: str, another_url: str, tmp_path: Path) -> None:
    """Cases of 5, 50 and 500 events, each loaded whole."""
    loads("load-postgresql", postgres_url, another_url, tmp_path)


def test_load_on_sqlite(tmp_path: Path) -> None:
    """The same on SQLite."""
    loads("load-sqlite", None, None, tmp_path)


def loads(name: str, url: str | None, other_url: str | None, folder: Path) -> None:
    rows: list[dict[str, object]] = []
    with sides.opened(folder, url) as plaint, library.application(other_url, folder) as application:
        for length, goal in LENGTHS.items():
            ours = cases.store_cases(plaint, CASES, length, seed=length).cases
            theirs = library.store_cases(application, CASES, length)
            acts: dict[str, Act] = {
                "ours": sides.loading(plaint, ours, opened=False),
                "opened": sides.loading(plaint, ours, opened=True),
                "library": library.loading(application, theirs),
            }
            taken = in_turn(ROUNDS, {side: partial(rate, act, WINDOW / 2) for side, act in acts.items()})
            for side, texts, wanted in (("ours", "sealed", goal), ("opened", "opened", None)):
                figures = {
                    "events": length,
                    "texts": texts,
                    "ours, a second": middle(taken[side]),
                    "library, a second": middle(taken["library"]),
                }
                rows.append(figures | versus(taken[side], taken["library"], wanted))
    report(name, rows)


def test_map(tmp_path: Path) -> None:
    """One event to bytes and back: without personal text, with some (a note), with much (a receipt)."""
    rows: list[dict[str, object]] = []
    with sides.opened(tmp_path) as plaint, library.application(None, tmp_path) as application:
        theirs = library.one_of_each()
        for name in ("assigned", "noted", "received"):
            goals = (ENCODE, DECODE) if name == "assigned" else (None, None)
            rows += mapped(plaint, name, application.mapper, theirs[name], goals)
    report("map", rows)


def mapped(
    plaint: Plaint, name: str, mapper: Any, other: Any, goals: tuple[float | None, float | None]
) -> list[dict[str, object]]:
    """Return what encoding and decoding the event *name* takes, and *other* by the library's *mapper*."""
    ours, (event, stored) = plaint.store.events_mapper, an_event(plaint, name)
    theirs = mapper.to_stored_event(other)
    taken = in_turn(
        ROUNDS,
        {
            "encode": each(partial(ours.to_stored_event, event)),
            "decode": each(partial(ours.to_domain_event, stored)),
            "decode, sealed": each(partial(ours.sealed, stored)),
            "library encode": each(partial(mapper.to_stored_event, other)),
            "library decode": each(partial(mapper.to_domain_event, theirs)),
        },
    )
    rows: list[dict[str, object]] = []
    for what, against, goal in (
        ("encode", "library encode", goals[0]),
        ("decode", "library decode", goals[1]),
        ("decode, sealed", "library decode", None),
    ):
        figures = {
            "event": event.TOPIC,
            "what": what,
            "ours, us": 1e6 / middle(taken[what]),
            "library, us": 1e6 / middle(taken[against]),
        }
        rows.append(figures | versus(taken[what], taken[against], goal))
    return rows


def test_what_sealing_costs_a_command(postgres_url: str, tmp_path: Path) -> None:
    """A note on a case of five events, one process: its time, and what sealing and opening add to it.

    Opening is what the case's events take to decode opened, less the same sealed; sealing what the
    note takes to encode, less its bare JSON.
    """
    with sides.opened(tmp_path, postgres_url) as plaint:
        # Each case is there for five commands, the third of which finds it with five events.
        written = cases.store_cases(plaint, int(400 * WINDOW * ROUNDS) + 1, 3).cases
        stored = sides.kept(plaint, [cases.Past(cases.of_length(plaint.desk.rules, plaint.now(), 5))])
        note, _ = an_event(plaint, "noted")
        mapper = plaint.store.events_mapper
        taken = in_turn(
            ROUNDS,
            {
                "command": partial(rate, sides.noting(plaint, written, "handler")),
                "opened": each(partial(all_of, mapper.to_domain_event, stored)),
                "sealed": each(partial(all_of, mapper.sealed, stored)),
                "encoded": each(partial(mapper.to_stored_event, note)),
                "bare": each(partial(note.model_dump_json, exclude_none=True)),
            },
        )
    us = {name: 1e6 / middle(rates) for name, rates in taken.items()}
    cost = {"opening": us["opened"] - us["sealed"], "sealing": us["encoded"] - us["bare"]}
    rows = [
        {"part": part, "us": spent, "share of a command": spent / us["command"]}
        for part, spent in ({"command": us["command"]} | cost | {"both": sum(cost.values())}).items()
    ]
    report("sealing", rows)


def an_event(plaint: Plaint, name: str) -> tuple[Event, StoredEvent]:
    """Return the first event of that *name* in the life of a case, and as it is stored."""
    life = cases.of_length(plaint.desk.rules, plaint.now(), 20)
    stored = sides.kept(plaint, [cases.Past(life)])
    found = zip(life, stored, strict=True)
    return next((event, kept) for event, kept in found if f"complaint.{name}" == event.TOPIC)


def all_of(act: Callable[[StoredEvent], object], events: Sequence[StoredEvent]) -> None:
    for event in events:
        act(event)


def each(act: Act) -> Callable[[], float]:
    """Return the measuring of how often a second *act* can be done."""

    def some() -> None:
        for _ in range(AT_ONCE):
            act()

    return lambda: rate(some, WINDOW / 8) * AT_ONCE
