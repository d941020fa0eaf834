"""``plaint policy what-if``: a proposed policy or calendar, tried on the cases of the past."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from adapters.cli.opening import opened
from adapters.cli.output import WRONG_USAGE, answer, fail, progress
from adapters.cli.spans import day, instant

if TYPE_CHECKING:
    from datetime import date

    from adapters.bootstrap import Plaint
    from domain.calendars import Calendar
    from domain.policies import Regime, Rulebook


def what_if(
    regime: Annotated[
        str, typer.Argument(help="A policy file, or the id of a regime, with @version or not.")
    ],
    *,
    since: Annotated[str, typer.Option("--from", help="The first day of receipt.")],
    until: Annotated[str, typer.Option("--to", help="The last day of receipt.")],
    calendar: Annotated[
        str | None,
        typer.Option(help="A calendar by its code, or as a JSON file: zone, weekend, holidays."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Judge what has not ended as of this instant; default: now.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Replay past cases under a proposal, storing nothing.

    Example: plaint policy what-if new.toml --from 2026-01-01 --to 2026-03-31
    """
    first, last = day(since), day(until)
    if last < first:
        fail("--to is before --from; give the first day first.", WRONG_USAGE)
    with opened() as plaint:
        from adapters.what_if import replay
        from domain.what_if import Proposal
        from domain.what_if_tally import in_words

        judged_at = instant(as_of) or plaint.now()
        rules = plaint.desk.rules
        proposed, own = _proposed(plaint, rules, regime, calendar, first)
        proposal = Proposal(proposed, rules, own)
        with progress("Replaying", plaint.store.count()) as tell:
            found = replay(plaint.store, proposal, first, last, as_of=judged_at, tell=tell)
        answer(in_words(found), found.model_dump(mode="json"), as_json=as_json)


def _proposed(
    plaint: Plaint, rules: Rulebook, name: str, calendar: str | None, first: date
) -> tuple[Regime, Calendar | None]:
    regime = _regime(rules, name)
    years = min(first.year - 1, plaint.now().year), plaint.now().year + 5
    if calendar is None:
        known = {each.code for each in rules.calendars}
        return regime, None if regime.calendar in known else _resolved(rules, regime.calendar, years)
    if calendar.endswith(".json") or Path(calendar).exists():
        return _written(regime, calendar, years)
    return regime, _resolved(rules, calendar, years)


def _regime(rules: Rulebook, name: str) -> Regime:
    from domain.policies import parse

    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        try:
            return parse(path.read_text("utf-8"), name)
        except (OSError, UnicodeDecodeError):
            fail(f"{name} cannot be read; name a policy file in UTF-8, or a regime.")
    id, _, version = name.partition("@")
    return rules.regime(id, version or None)


def _resolved(rules: Rulebook, code: str, years: tuple[int, int]) -> Calendar:
    from adapters import calendars

    if code in {each.code for each in rules.calendars}:
        return rules.calendar(code)
    return calendars.resolve(code, *years)


def _written(regime: Regime, name: str, years: tuple[int, int]) -> tuple[Regime, Calendar | None]:
    from datetime import UTC, datetime

    from domain.trial import TrialCase, with_calendar_of

    reach = [{"type": "reach", "at": datetime(year, 1, 1, tzinfo=UTC)} for year in years]
    try:
        written = json.loads(Path(name).read_text("utf-8"))
        return with_calendar_of(TrialCase.model_validate({"calendar": written, "events": reach}), regime)
    except OSError as error:
        fail(f"{name} cannot be read ({error.strerror}).")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        fail(f"{name}: {'/'.join(map(str, first['loc']))}: {first['msg']}.")
    except ValueError:
        fail(f"{name} is no JSON document; write zone, weekend and holidays as JSON.")
