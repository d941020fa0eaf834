"""``plaint explain``: why the clocks of a case fall due when they do."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer, fail
from adapters.cli.spans import instant

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.clock_view import Explanation


def explain(
    case: Annotated[str, typer.Argument(help="The id or the reference of a case.")],
    clock: Annotated[str | None, typer.Argument(help="The id of a clock, or a milestone.")] = None,
    as_of: Annotated[str | None, typer.Option(help="As of this instant; default: now.")] = None,
    lang: Annotated[Literal["en", "fr"], typer.Option(help="The language of the sentences.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say why clocks fall due when they do.  Example: plaint explain C-CTHNCMBG1PT decision --lang fr"""
    with opened() as plaint:
        found = _explained(plaint, case, instant(as_of) or plaint.now(), lang)
        chosen = [each for each in found if clock is None or clock.lower() in {str(each.id), each.milestone}]
        if not chosen:
            known = ", ".join(dict.fromkeys(each.milestone for each in found)) or "none by then"
            fail(f"The case has no such clock; its clocks are: {known}.")
        facts = [json.loads(each.model_dump_json(by_alias=True)) for each in chosen]
        answer("\n\n".join(map(_in_words, chosen)), {"clocks": facts}, as_json=as_json)


def _explained(plaint: Plaint, case: str, as_of: datetime, lang: Literal["en", "fr"]) -> list[Explanation]:
    from adapters.http.cases import case_id
    from domain.clock_view import explained
    from projections.replay import fold, until

    plaint.views.catch_up()
    known = (plaint.showing.event(event) for _, event in plaint.store.numbered(case_id(plaint, case)))
    events = list(until(known, as_of=as_of))
    if not events:
        fail("Nothing of that case had happened by then.")
    clocks = fold((event.originator_version, event) for event in events).clocks
    rules = plaint.desk.rules
    told = (explained(each.id, events, rules, as_of=as_of, language=lang) for each in clocks)
    return [each for each in told if each is not None]


def _in_words(told: Explanation) -> str:
    return "\n".join((told.explanation, *(f"  {change.words}" for change in told.history)))
