"""One case as a page shows it: its clocks as bars, its submission, the next command."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

from adapters.forms import shipped_forms
from adapters.http.pages.timeline import promise
from adapters.http.pages.words import Clockface, human, of_pages
from domain import clock_view
from domain.clocks import Clock, Status
from domain.forms import DEFAULT_LANGUAGE, Field, said
from domain.policies import Rulebook
from projections.case_file import CaseFile
from projections.queue import QueueRow

BAR = 1000
"""Length of a clock's bar, in units of its drawing."""
NOT_SHOWN = {"registered_by", "form", "form_version", "privacy_notice", "source", "category", "team"}
CODES = {"complainant_type", "channel", "service", "client_kind", "legal_entity"}
NEXT: dict[str, tuple[str, dict[str, object]]] = {
    "received": ("acknowledge", {}),
    "acknowledged": ("investigate", {}),
    "investigating": ("resolve", {"outcome": "upheld", "reasons": "The withdrawal was released."}),
    "resolved": ("close", {}),
    "closed": ("reopen", {"reason": "New evidence came in."}),
    "withdrawn": ("reopen", {"reason": "The complainant pursues it after all."}),
    "redirected": ("reopen", {"reason": "It is a complaint after all."}),
    "inadmissible": ("reopen", {"reason": "It is a complaint after all."}),
}


class ShownClock(NamedTuple):
    """A clock, its working, and where its marks stand on the bar."""

    view: clock_view.ClockView
    name: str
    verdict: str
    tone: str
    near: bool
    """Whether it is still to be kept, or the first of its kind: shown before the others."""
    due_x: float
    filled_x: float
    stopped: bool
    picture: str


def shown_clocks(
    clocks: Iterable[Clock], rules: Rulebook, now: datetime, *, decided: bool
) -> list[ShownClock]:
    """Return *clocks*: those that run first, then as they fell due.

    Of a missed promise the act is still awaited until the decision, or until the
    promise that follows it stands in its place.
    """
    known = list(clocks)
    last = {(each.regime, each.milestone): each.number for each in sorted(known, key=lambda c: c.number)}
    awaited = {
        each.id
        for each in known
        if each.outstanding and not decided and last[each.regime, each.milestone] == each.number
    }
    order = sorted(known, key=lambda each: (not each.live, each.due_before, each.milestone))
    return [_shown(each, rules, now, awaited=each.id in awaited) for each in order]


def _shown(clock: Clock, rules: Rulebook, now: datetime, *, awaited: bool) -> ShownClock:
    reached = clock.stopped_at or clock.ended_at or (now if clock.live or awaited else clock.due_before)
    end = max(clock.due_before, reached)
    span = (end - clock.started_at).total_seconds() or 1

    def at(moment: datetime) -> float:
        return round(max(0.0, min(1.0, (moment - clock.started_at).total_seconds() / span)) * BAR, 1)

    verdict, tone = _verdict(clock, now, awaited=awaited)
    return ShownClock(
        view=clock_view.view(clock, rules, as_of=now),
        name=promise(clock),
        verdict=verdict,
        tone=tone,
        near=clock.live or awaited or clock.number == 1,
        due_x=at(clock.due_before),
        filled_x=at(reached),
        stopped=clock.stopped_at is not None,
        picture=f"{human(clock.milestone)}: {verdict.lower()}, {at(reached) / BAR:.0%} of the bar has passed",
    )


def _verdict(clock: Clock, now: datetime, *, awaited: bool) -> tuple[str, str]:
    match clock.status:
        case Status.MET:
            return ("Met (shown by late evidence)" if clock.late_evidence else "Met"), "good"
        case Status.MISSED:
            late = ", came late" if clock.stopped_at else ", still awaited" if awaited else ""
            what = f"Missed{late}"
            return (f"{what}, excused" if clock.excused else what), "bad"
        case Status.CANCELLED:
            return "Fell away", "quiet"
        case Status.PAUSED:
            return "Stands still", "quiet"
        case Status.RUNNING:
            return ("Due now", "bad") if clock.due_before <= now else ("Running", "live")


def submitted(file: CaseFile, time: Clockface, language: str = DEFAULT_LANGUAGE) -> list[tuple[str, object]]:
    """Return the submission as labels and answers in *language*, in the order of the form."""
    return [(label, answer) for _, label, answer in _submitted(file, time, language)]


def written(file: CaseFile, time: Clockface, language: str) -> list[tuple[str, object]]:
    """Return what the complainant wrote: of the submission what the form asked for."""
    asked = {name for step in shipped_forms()["complaint"].steps for name in step.fields}
    return [(label, answer) for name, label, answer in _submitted(file, time, language) if name in asked]


def _submitted(file: CaseFile, time: Clockface, language: str) -> list[tuple[str, str, object]]:
    fields = shipped_forms()["complaint"].fields
    asked = [name for step in shipped_forms()["complaint"].steps for name in step.fields]
    answers = dict(file.submission)
    if "problem_at" in answers:
        answers["occurred_at"] = answers.pop("problem_at")
    order = [*asked, *(name for name in answers if name not in asked)]
    return [
        (
            name,
            _label(name, fields.get(name), language),
            _answer(name, answers[name], fields.get(name), time, language),
        )
        for name in order
        if name not in NOT_SHOWN and answers.get(name) not in (None, [], False)
    ]


def _label(name: str, field: Field | None, language: str) -> str:
    return said(field.label, language) if field else human(name)


def _answer(name: str, answer: object, field: Field | None, time: Clockface, language: str) -> object:
    if isinstance(answer, dict):
        said_of = cast("dict[str, str]", answer)
        if "withheld" in said_of:
            return of_pages(language)[said_of["withheld"]]
        if name == "occurred_at":
            return " – ".join(_moment(each, time) for each in said_of.values())
        return list(_lines(said_of))
    if answer is True:
        return of_pages(language)["yes"]
    if field is not None and field.kind == "choice":
        labels = {each.code: said(each.label, language) for each in field.options}
        return labels.get(str(answer), answer)
    if name in CODES:
        return human(str(answer))
    return _moment(str(answer), time) if name.endswith("_at") else answer


def _lines(facts: Mapping[str, object], before: str = "") -> Iterator[str]:
    """Yield a line for each fact of a group, however deep it stands; nothing for what was not said."""
    for name, fact in facts.items():
        label = f"{before}{human(name)}"
        if isinstance(fact, dict):
            yield from _lines(cast("dict[str, object]", fact), f"{label}, ")
        elif isinstance(fact, list):
            yield from (f"{label}: {each}" for each in cast("list[object]", fact))
        elif fact is not None:
            yield f"{label}: {fact}"


def _moment(text: str, time: Clockface) -> str:
    """Return an instant in local time; a date or a month reads as it was given."""
    return f"{time.local(datetime.fromisoformat(text)):%Y-%m-%d %H:%M}" if "T" in text else text


def source_facts(file: CaseFile) -> list[tuple[str, str]]:
    """Return what the register of an imported case says beyond our own words."""
    source = _source(file)
    if source is None:
        return []
    personal: dict[str, str] = source.get("personal", {})
    if "withheld" in personal:
        personal = {"personal": of_pages(DEFAULT_LANGUAGE)[personal["withheld"]]}
    facts = {"register": source["system"], "number there": source["id"]} | source.get("attributes", {})
    return [(human(name), value) for name, value in (facts | personal).items()]


def simulated(file: CaseFile) -> str | None:
    """Return what of an imported case was invented for the demo, as its source says."""
    source = _source(file)
    return source.get("attributes", {}).get("simulated") if source else None


def _source(file: CaseFile) -> dict[str, Any] | None:
    return cast("dict[str, Any] | None", file.submission.get("source"))


def next_call(row: QueueRow, base: str) -> tuple[str, str] | None:
    """Return the next command of the case's life, and the call that sends it; None for what was merged."""
    if row.status not in NEXT:
        return None
    command, body = NEXT[row.status]
    call = (
        f"curl -X POST {base}/v1/complaints/{row.id}/{command} \\\n"
        '  -H "Authorization: Bearer $PLAINT_TOKEN" \\\n'
        f"  -H 'If-Match: \"{row.version}\"' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{json.dumps(body)}'"
    )
    return command, call
