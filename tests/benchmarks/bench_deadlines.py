"""Due dates a second from a compiled calendar, against a walker that looks at every day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from domain.deadlines import Pause, deadline
from domain.policies import Regime, Term
from tests.benchmarks.figures import in_turn, middle, report, seconds
from tests.domain.clockwork import a_regime, a_term, days_of, walk_days

ROUNDS, NUMBER, WALKED = 5, 30_000, 300
STARTS = [datetime(2026, 1, 1, 7, tzinfo=UTC) + timedelta(minutes=17 * n) for n in range(NUMBER)]
TERMS = (
    ("2 business days", a_term(2)),
    ("7 business days", a_term(7)),
    ("35 business days", a_term(35, pausable=True)),
    ("15 calendar days", a_term(15, "calendar_day", roll="following")),
    ("2 months, following", a_term(2, "month", roll="following")),
)


def pauses(start: datetime) -> tuple[Pause, ...]:
    hour = timedelta(hours=1)
    return (
        Pause(from_=start + 20 * hour, to=start + 70 * hour),
        Pause(from_=start + 90 * hour, to=start + 120 * hour),
    )


def test_due_dates() -> None:
    rows: list[dict[str, object]] = []
    for name, term in TERMS:
        regime = a_regime(term)
        plain = counting(term, regime, [()] * NUMBER)
        sides = {"ours": plain, "walker": walking(term, regime)}
        rows.append(row(name, "none", in_turn(ROUNDS, sides), ">= 300,000"))
        check(term, regime)
    for name, term in TERMS[:3]:
        held = term.model_copy(update={"pausable": True})
        regime = a_regime(held)
        given = [pauses(start) for start in STARTS]
        sides = {"ours": counting(held, regime, given), "walker": walking(held, regime, paused=True)}
        rows.append(row(name, "two", in_turn(ROUNDS, sides), ">= 50,000"))
    report("deadlines", rows)


def counting(term: Term, regime: Regime, paused: list[tuple[Pause, ...]]) -> Callable[[], float]:
    days = days_of(regime)

    def run() -> None:
        for start, pauses_of_it in zip(STARTS, paused, strict=True):
            deadline(term, regime, days, start, pauses=pauses_of_it)

    return lambda: NUMBER / seconds(run)


def walking(term: Term, regime: Regime, *, paused: bool = False) -> Callable[[], float]:
    walked = term
    if term.unit == "month":
        walked = a_term(60, "calendar_day", roll="following")

    def run() -> None:
        for start in STARTS[:WALKED]:
            walk_days(walked, regime, start.date(), pauses(start) if paused else ())

    return lambda: WALKED / seconds(run)


def row(name: str, paused: str, taken: dict[str, list[float]], goal: str) -> dict[str, object]:
    ours, walker = middle(taken["ours"]), middle(taken["walker"])
    return {
        "term": name,
        "pauses": paused,
        "ours, a second": ours,
        "walker, a second": walker,
        "ratio": ours / walker,
        "goal, a second": goal,
    }


def check(term: Term, regime: Regime) -> None:
    """Both sides find the same date."""
    if term.unit == "month":
        return
    days = days_of(regime)
    for start in STARTS[:: NUMBER // 50]:
        local = start.astimezone(regime.tz).date()
        assert deadline(term, regime, days, start).due_date == walk_days(term, regime, local, ())
