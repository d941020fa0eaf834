"""What the demo says about itself: how much there is, the dashboard, and whether it can be replayed."""

from __future__ import annotations

from typing import Any, TypedDict

from adapters.bootstrap import Plaint
from adapters.dashboard import dashboard
from adapters.demo.verify import verify
from domain.access import Principal, Role

VISITOR = Principal(id="demo", role=Role.SUPERVISOR)
"""Whoever looks at the demo sees every team."""
SHOWN = 20
"""How many differences the text lists; the facts hold all."""
FIGURES = ("open", "overdue", "due_today", "due_in_2_business_days")


class Verified(TypedDict):
    """How many cases were replayed, and every difference: the case and what differs."""

    replayed: int
    differences: list[dict[str, str]]


class Facts(TypedDict):
    """The figures of a store, as JSON has them."""

    cases: int
    events: int
    dashboard: dict[str, Any]
    verification: Verified


def summary(plaint: Plaint) -> Facts:
    """Bring the read models up to date, replay every case, and return the figures as of now."""
    found = verify(plaint)
    board = dashboard(plaint.queries, plaint.desk.rules, VISITOR, plaint.now())
    return Facts(
        cases=found.replayed,
        events=plaint.store.count(),
        dashboard=board.model_dump(mode="json"),
        verification=Verified(
            replayed=found.replayed,
            differences=[{"case": each.case, "what": each.what} for each in found.differences],
        ),
    )


def as_text(facts: Facts) -> str:
    """Return the figures as a person reads them."""
    return "\n".join([*_figures(facts), "", *_promises(facts), "", *_verified(facts)])


def _figures(facts: Facts) -> list[str]:
    figures = {"cases": facts["cases"], "events": facts["events"]}
    figures |= {name.replace("_", " "): facts["dashboard"][name] for name in FIGURES}
    return [f"{name:<24}{number:>8,}" for name, number in figures.items()]


def _promises(facts: Facts) -> list[str]:
    lines = [f"{'promise':<32}{'month':<9}{'met':>7}{'missed':>8}{'excused':>9}"]
    for each in facts["dashboard"]["by_milestone"]:
        promise = f"{each['regime']} {each['milestone']}"
        numbers = f"{each['met']:>7,}{each['missed']:>8,}{each['excused']:>9,}"
        lines.append(f"{promise:<32}{each['month']:<9}{numbers}")
    return lines


def _verified(facts: Facts) -> list[str]:
    replayed, found = facts["verification"]["replayed"], facts["verification"]["differences"]
    said = f"{replayed:,} cases replayed from the log, {len(found):,} differences"
    lines = [f"  {each['case'] or '-'}  {each['what']}" for each in found[:SHOWN]]
    more = [f"  and {len(found) - SHOWN:,} more"] if len(found) > SHOWN else []
    return [said, *lines, *more]
