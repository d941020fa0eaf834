"""One case as a page shows it: its clocks as bars, its submission, the next command."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from adapters.forms import options, shipped_forms
from adapters.http.pages.timeline import promise
from adapters.http.pages.words import human
from domain import clock_view
from domain.clocks import Clock, Status
from domain.forms import DEFAULT_LANGUAGE, said
from domain.policies import Rulebook
from projections.case_file import CaseFile
from projections.queue import QueueRow

BAR = 1000
"""Length of a clock's bar, in units of its drawing."""
MILESTONES = ("acknowledgement", "decision", "progress_update")
NOT_SHOWN = {"form", "form_version", "privacy_notice", "source", "category", "team"}
NEXT: dict[str, tuple[str, dict[str, object]]] = {
    "received": ("acknowledge", {}),
    "acknowledged": ("investigate", {}),
    "investigating": ("resolve", {"outcome": "upheld", "reasons": "The withdrawal was released."}),
    "resolved": ("close", {}),
    "closed": ("reopen", {"reason": "New evidence came in."}),
    "withdrawn": ("reopen", {"reason": "The complainant pursues it after all."}),
    "inadmissible": ("reopen", {"reason": "It is a complaint after all."}),
}


class ShownClock(NamedTuple):
    """A clock, its working, and where its marks stand on the bar."""

    view: clock_view.ClockView
    name: str
    verdict: str
    tone: str
    due_x: float
    filled_x: float
    stopped: bool
    picture: str


def shown_clocks(clocks: Iterable[Clock], rules: Rulebook, now: datetime) -> list[ShownClock]:
    """Return *clocks*: those that run first, then as they fell due."""
    order = sorted(clocks, key=lambda each: (not each.live, each.due_before, each.milestone))
    return [_shown(each, rules, now) for each in order]


def _shown(clock: Clock, rules: Rulebook, now: datetime) -> ShownClock:
    reached = clock.stopped_at or clock.ended_at or now
    end = max(clock.due_before, reached)
    span = (end - clock.started_at).total_seconds() or 1

    def at(moment: datetime) -> float:
        return round(max(0.0, min(1.0, (moment - clock.started_at).total_seconds() / span)) * BAR, 1)

    verdict, tone = _verdict(clock, now)
    return ShownClock(
        view=clock_view.view(clock, rules, as_of=now),
        name=promise(clock),
        verdict=verdict,
        tone=tone,
        due_x=at(clock.due_before),
        filled_x=at(reached),
        stopped=clock.stopped_at is not None,
        picture=f"{human(clock.milestone)}: {verdict.lower()}, {at(reached) / BAR:.0%} of the time drawn has passed",
    )


def _verdict(clock: Clock, now: datetime) -> tuple[str, str]:
    match clock.status:
        case Status.MET:
            return ("Met (shown by late evidence)" if clock.late_evidence else "Met"), "good"
        case Status.MISSED:
            what = "Missed, came late" if clock.stopped_at else "Missed, still awaited"
            return (f"{what}, excused" if clock.excused else what), "bad"
        case Status.CANCELLED:
            return "Fell away", "quiet"
        case Status.PAUSED:
            return "Stands still", "quiet"
        case Status.RUNNING:
            return ("Due now", "bad") if clock.due_before <= now else ("Running", "live")


def submitted(file: CaseFile) -> list[tuple[str, object]]:
    """Return the submission as labels and answers, in the order of the form."""
    form = shipped_forms()["complaint"]
    answers = dict(file.submission)
    when = answers.pop("problem_at", None)
    if isinstance(when, dict):
        answers["occurred_at"] = " to ".join(str(part) for part in when.values())  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] - JSON
    asked = [name for step in form.steps for name in step.fields]
    order = [*asked, *(name for name in answers if name not in asked and name not in NOT_SHOWN)]
    shown: list[tuple[str, object]] = []
    for name in order:
        answer = answers.get(name)
        if name in NOT_SHOWN or answer in (None, [], False):
            continue
        field = form.fields.get(name)
        label = said(field.label, DEFAULT_LANGUAGE) if field else human(name)
        known = {each.code: said(each.label, DEFAULT_LANGUAGE) for each in options(field)} if field else {}
        shown.append((label, known.get(str(answer), "yes" if answer is True else answer)))
    return shown


def source_facts(file: CaseFile) -> list[tuple[str, str]]:
    """Return what the register of an imported case says beyond our own words."""
    source = file.submission.get("source")
    if not isinstance(source, dict):
        return []
    facts: dict[str, object] = {"register": source["system"], "number there": source["id"]}  # pyright: ignore[reportUnknownVariableType] - JSON
    for part in ("attributes", "personal"):
        facts |= source.get(part) or {}  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType] - JSON
    return [(human(str(name)), str(value)) for name, value in facts.items()]


def next_call(row: QueueRow, base: str) -> tuple[str, str]:
    """Return the next command of the case's life, and the call that sends it."""
    command, body = NEXT[row.status]
    call = (
        f"curl -X POST {base}/v1/complaints/{row.id}/{command} \\\n"
        '  -H "Authorization: Bearer $PLAINT_TOKEN" \\\n'
        f"  -H 'If-Match: \"{row.version}\"' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(body)}'"
    )
    return command, call
