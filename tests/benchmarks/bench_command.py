"""Commands a second on PostgreSQL: Plaint against the eventsourcing library doing the same command.

Both load a case of about five events by replay, decide, and append one event; Plaint also writes
the receipt of the request, whose key lets no second one in.  The library has no receipt to offer,
so its side does without.  A third side, bare, is the floor of what the machine allows: the driver
asking our two statements of the same tables, with nothing between them.  Processes of their own,
all let loose at once, the sides in turn in each round.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path
from uuid import UUID

from tests.benchmarks import bare, cases, library, sides
from tests.benchmarks.crowd import Act, Crowd
from tests.benchmarks.figures import ROUNDS, WINDOW, in_turn, judged, middle, report, versus

PROCESSES = {1: 2.5, 4: 3.5, 16: 4.0}
"""How many at once, and the goal of the ratio."""
SIXTEEN_OF_FOUR = 0.8
SIDES = ("assign", "note", "bare", "library")
EVENTS, COMMANDS = 3, 5
"""What a case has before its first command, and the commands it is meant for: five events on average."""
OURS, THEIRS = 3_000, 1_200
"""Commands a second for which there are cases; a faster side meets its cases again, longer."""
PACE = {1: 0.5, 4: 1.0, 16: 1.0}
"""How much of that is expected of so many processes."""


@contextmanager
def desks(
    number: int, folder: Path, urls: tuple[str, str], ours: Sequence[UUID], theirs: Sequence[UUID]
) -> Generator[Mapping[str, Act]]:
    """What process *number* can do: no case is another process's."""
    actor, third = f"handler-{number}", len(ours) // 3
    with (
        sides.opened(folder, urls[0]) as plaint,
        bare.connected(urls[0]) as connection,
        library.application(urls[1], folder) as application,
    ):
        mine = [share(ours[first:][:third], number) for first in (0, third, 2 * third)]
        yield {
            "assign": sides.assigning(plaint, mine[0], actor),
            "note": sides.noting(plaint, mine[1], actor),
            "bare": bare.commanding(connection, mine[2], sides.assigned(plaint), actor),
            "library": library.noting(application, share(theirs, number), actor),
        }


def share(ids: Sequence[UUID], number: int) -> Sequence[UUID]:
    """Return the part of *ids* for process *number*: the first ones work in more rounds than the last."""
    weights = [sum(PACE[many] / many for many in PACE if each < many) for each in range(max(PACE))]
    ends = [len(ids) * end / sum(weights) for end in accumulate(weights, initial=0.0)]
    return ids[round(ends[number]) : round(ends[number + 1])]


def cases_for(speed: int) -> int:
    return round(speed * sum(PACE.values()) * WINDOW * ROUNDS / COMMANDS) + 16 * max(PACE)


def test_commands(postgres_url: str, another_url: str, tmp_path: Path) -> None:
    """One event without personal text (assign), one with (note: sealed), and the library's note in clear."""
    with sides.opened(tmp_path, postgres_url) as plaint:
        ours = cases.store_cases(plaint, 3 * cases_for(OURS), EVENTS).cases
    with library.application(another_url, tmp_path) as application:
        theirs = library.store_cases(application, cases_for(THEIRS), EVENTS)
    rows: list[dict[str, object]] = []
    found: dict[int, dict[str, list[float]]] = {}
    with Crowd(max(PROCESSES), desks, tmp_path, (postgres_url, another_url), ours, theirs) as crowd:
        for number, goal in PROCESSES.items():
            taken = in_turn(ROUNDS, {name: partial(crowd.rate, name, number, WINDOW) for name in SIDES})
            found[number] = taken
            goals = {"assign": goal, "note": goal, "bare": None}
            rows += [row(name, number, taken, wanted) for name, wanted in goals.items()]
    rows += [sixteen_of_four(name, found) for name in SIDES]
    report("command", rows)


def row(
    name: str, number: int, taken: Mapping[str, Sequence[float]], goal: float | None
) -> dict[str, object]:
    figures: dict[str, object] = {
        "command": name,
        "processes": number,
        "ours, a second": middle(taken[name]),
        "library, a second": middle(taken["library"]),
    }
    of_bare = {"of bare": versus(taken[name], taken["bare"])["ratio"]}
    return figures | versus(taken[name], taken["library"], goal) | of_bare


def sixteen_of_four(name: str, found: Mapping[int, Mapping[str, Sequence[float]]]) -> dict[str, object]:
    """Return whether sixteen processes do at least nearly as much as four."""
    many, few = middle(found[16][name]), middle(found[4][name])
    goal = SIXTEEN_OF_FOUR if name in {"assign", "note"} else None
    return {"command": f"{name}: 16 of 4"} | judged(many / few, goal)
