"""``plaint calendar``: which days are holidays, in versions that clocks are pinned to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from pydantic import ValidationError

from adapters.cli.opening import opened
from adapters.cli.output import WRONG_USAGE, answer, fail, progress, say

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from adapters.touched import Touched
    from domain.calendars import Calendar
    from domain.configuration import CalendarResolved, Rules
    from domain.kernel import Context

app = typer.Typer(
    help="Look at calendars, and change them by new versions.  Example: plaint calendar update --dry-run"
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Code = Annotated[str, typer.Argument(help="A calendar: FR, GB-SCT, none, or one of the firm's own.")]
Day = Annotated[str, typer.Argument(help="A day, written like 2026-12-24.")]
Name = Annotated[str, typer.Option(help="What the day is called.")]
Source = Annotated[str, typer.Option(help="Where the day was proclaimed or repealed: an act, an address.")]
By = Annotated[str, typer.Option(help="Who decides: a staff id.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Record nothing.")]
SYSTEM = "system:cli"
SATURDAY = 5
STAY = "They fall due when they did until each is moved by the API's command `retarget`."


class Change(NamedTuple):
    """A calendar that has a new current version; *old* is None when it had none."""

    old: Calendar | None
    new: Calendar


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List every version of every calendar.  Example: plaint calendar list"""
    with opened() as plaint:
        from adapters.calendars import ends_soon
        from domain.configuration import CalendarResolved

        rules, by = _rules(plaint), plaint.desk.context(SYSTEM)
        resolved = [each for each in plaint.store.history(rules.ID) if isinstance(each, CalendarResolved)]
        rows = [_row(each, rules) for each in resolved]
        last = {row["code"]: row for row in rows}
        for row in rows:
            row["current"] = row is last[row["code"]]
            row["ends_soon"] = row["current"] and ends_soon(rules.calendar(row["code"]), by)
            if row["ends_soon"]:
                say(
                    f"Calendar {row['code']} ends on {row['last']}; run `plaint calendar update`, "
                    "where need be after installing newer holiday data."
                )
        answer("\n".join(map(_line, rows)) or "There are no calendars.", rows, as_json=as_json)


@app.command()
def show(
    calendar: Annotated[str, typer.Argument(help="A code, or CODE@VERSION; default: the current version.")],
    year: Annotated[int | None, typer.Option(help="Only the holidays of this year.")] = None,
    as_json: Json = False,
) -> None:
    """Show the holidays of a calendar.  Example: plaint calendar show GB-SCT --year 2026"""
    with opened() as plaint:
        rules = _rules(plaint)
        code, _, version = calendar.partition("@")
        found = _version(rules, code, version or None)
        if year is not None and not found.first.year <= year <= found.last.year:
            fail(f"{code} runs from {found.first} to {found.last}; choose a year within.", WRONG_USAGE)
        days = [day for day in found.holidays if year is None or day.date.year == year]
        by_hand = [each.model_dump(mode="json") for each in rules.amendments.get(code, {}).values()]
        facts = found.model_dump(mode="json", exclude={"holidays"}) | {
            "base": rules.bases.get(code),
            "current": rules.current[code] == found.version,
            "holidays": [day.model_dump(mode="json") for day in days],
            "by_hand": by_hand,
        }
        head = f"{found.code}@{found.version}, {found.first} to {found.last}, from {found.source}"
        lines = [head, *(f"{day.date:%a %Y-%m-%d}  {day.name}" for day in days)]
        lines += [f"By hand: {each['date']} {_open_or_closed(each)} ({each['source']})" for each in by_hand]
        answer("\n".join(lines), facts, as_json=as_json)


@app.command()
def diff(
    code: Code,
    a: Annotated[str, typer.Argument(help="A version.")],
    b: Annotated[str, typer.Argument(help="Another version.")],
    as_json: Json = False,
) -> None:
    """Show what version B gained and lost.  Example: plaint calendar diff FR 8815bcfef2d8 ab8586fed046"""
    with opened() as plaint:
        rules = _rules(plaint)
        change = Change(_version(rules, code, a), _version(rules, code, b))
        answer("\n".join(_told(change)), _facts(change), as_json=as_json)


@app.command()
def define(
    code: Annotated[str, typer.Argument(help="A code of the firm's own, such as house-fr.")],
    base: Annotated[str, typer.Option(help="The calendar whose holidays it has.")],
    by: By = SYSTEM,
    as_json: Json = False,
) -> None:
    """Define a calendar of the firm's own.  Example: plaint calendar define house-fr --base FR"""

    def act(rules: Rules, context: Context) -> None:
        _ensure_public(rules, base, context)
        rules.define_calendar(code, base, context)

    with opened() as plaint:
        _carry_out(plaint, act, by, f"{code} is defined on {base} already.", as_json=as_json)


@app.command()
def close(code: Code, day: Day, name: Name, by: By = SYSTEM, as_json: Json = False) -> None:
    """Close a day of the firm's own.  Example: plaint calendar close house-fr 2026-12-24 --name Closure"""
    _decide(code, day, name, by, closed=True, as_json=as_json)


@app.command("open")
def open_(code: Code, day: Day, name: Name, by: By = SYSTEM, as_json: Json = False) -> None:
    """Work on a holiday.  Example: plaint calendar open house-fr 2026-07-14 --name Duty"""
    _decide(code, day, name, by, closed=False, as_json=as_json)


@app.command()
def proclaim(
    code: Code, day: Day, *, name: Name, source: Source, by: By = SYSTEM, as_json: Json = False
) -> None:
    """Add a public holiday that the holiday data lacks.

    Example: plaint calendar proclaim GB-SCT 2026-06-15 --name "World Cup" --source "Royal Proclamation"
    """
    _correct(code, day, name, source, by, closed=True, as_json=as_json)


@app.command()
def repeal(
    code: Code, day: Day, *, name: Name, source: Source, by: By = SYSTEM, as_json: Json = False
) -> None:
    """Take away a public holiday that is none, or was moved.

    Example: plaint calendar repeal GB-ENG 2020-05-04 --name "Early May, moved" --source "Royal Proclamation"
    """
    _correct(code, day, name, source, by, closed=False, as_json=as_json)


@app.command()
def update(
    codes: Annotated[list[str] | None, typer.Argument(help="Calendars; default: all.")] = None,
    by: By = SYSTEM,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Resolve calendars again with the installed holiday data.  Example: plaint calendar update --dry-run"""

    def act(rules: Rules, context: Context) -> None:
        from adapters import calendars

        for code in codes or sorted(set(rules.current) - set(rules.bases)):
            calendars.update(rules, code, context)

    with opened() as plaint:
        _carry_out(plaint, act, by, "Every calendar is up to date.", dry_run=dry_run, as_json=as_json)


@app.command()
def touched(
    code: Code,
    version: Annotated[str | None, typer.Option(help="The version to move to; default: current.")] = None,
    as_json: Json = False,
) -> None:
    """List the clocks a version would move.  Example: plaint calendar touched FR --version 8815bcfef2d8"""
    with opened() as plaint:
        rules = _rules(plaint)
        wanted = _version(rules, code, version)
        found = _touched(plaint, rules, [wanted])
        facts = {"code": code, "version": wanted.version, "touched": _as_data(found)}
        answer("\n".join(_listed(found)), facts, as_json=as_json)


def _decide(code: str, text: str, name: str, by: str, *, closed: bool, as_json: bool) -> None:
    day = _day(text)

    def act(rules: Rules, context: Context) -> None:
        news = rules.decide_day(code, day, context, closed=closed, name=name)
        if news and day.weekday() >= SATURDAY:
            say(f"{day} is a {day:%A}: it counts only where a policy works on that day.")

    with opened() as plaint:
        already = f"{day} is {'closed' if closed else 'open'} in {code} already."
        _carry_out(plaint, act, by, already, as_json=as_json)


def _correct(code: str, text: str, name: str, source: str, by: str, *, closed: bool, as_json: bool) -> None:
    day = _day(text)

    def act(rules: Rules, context: Context) -> None:
        from domain.calendars import Amendment, is_firms_own

        if not is_firms_own(code):
            _ensure_public(rules, code, context)
        amendment = Amendment(date=day, closed=closed, name=name, source=source)
        rules.correct_holiday(code, amendment, context)

    with opened() as plaint:
        already = f"{day} is {'a' if closed else 'no'} holiday in {code} already."
        _carry_out(plaint, act, by, already, as_json=as_json)


def _carry_out(
    plaint: Plaint,
    act: Callable[[Rules, Context], None],
    by: str,
    already: str,
    *,
    dry_run: bool = False,
    as_json: bool,
) -> None:
    """Record what *act* decides, unless it is only tried, and print what it changed and would touch."""
    rules = _rules(plaint)
    before = dict(rules.current)
    try:
        act(rules, plaint.desk.context(by))
    except ValidationError as error:
        fail(_mistake(error), WRONG_USAGE)
    changes = [
        Change(rules.calendars.get((code, before.get(code, ""))), rules.calendar(code))
        for code, version in rules.current.items()
        if before.get(code) != version
    ]
    if not dry_run:
        _save(plaint, rules)
    found = _touched(plaint, rules, [change.new for change in changes if change.old is not None])
    lines = [line for change in changes for line in _told(change)] or [already]
    if dry_run and changes:
        say("Nothing is recorded.")
    facts = {
        "recorded": bool(changes) and not dry_run,
        "changes": [_facts(change) for change in changes],
        "touched": _as_data(found),
    }
    answer("\n".join([*lines, *(_listed(found) if changes else ())]), facts, as_json=as_json)


def _save(plaint: Plaint, rules: Rules) -> None:
    from domain.errors import LostTheRace

    try:
        plaint.store.append(rules)
    except LostTheRace:
        fail("Somebody else changed policies or calendars meanwhile; give the command again.")


def _touched(plaint: Plaint, rules: Rules, versions: Iterable[Calendar]) -> list[Touched]:
    from adapters.touched import touched

    moves = {calendar.code: calendar for calendar in versions}
    if not moves:
        return []
    with progress("Following the log", None) as tell:
        plaint.views.catch_up(tell)
    found = touched(plaint.views_database, rules.rulebook(), moves)
    return sorted(found, key=lambda each: (each.due_before, each.reference, each.milestone))


def _ensure_public(rules: Rules, code: str, context: Context) -> None:
    from adapters import calendars
    from domain.calendars import is_firms_own

    if not is_firms_own(code):
        calendars.ensure(rules, code, context)


def _rules(plaint: Plaint) -> Rules:
    from domain.configuration import Rules

    return plaint.store.load(Rules, Rules.ID) or Rules()


def _version(rules: Rules, code: str, version: str | None) -> Calendar:
    current = rules.calendar(code)
    if version is None:
        return current
    known = [each for of, each in rules.calendars if of == code]
    if version not in known:
        fail(f"There is no version {version} of {code}; use one of: {', '.join(known)}.")
    return rules.calendars[code, version]


def _day(text: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    return fail("A day is written like 2026-12-24, and must be in the calendar.", WRONG_USAGE)


def _mistake(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = {"actor": "by"}.get(str(first["loc"][0]), first["loc"][0])
    return f"--{where} cannot be used; give one line of 1 to 200 characters."


def _row(event: CalendarResolved, rules: Rules) -> dict[str, Any]:
    return {
        "code": event.code,
        "version": event.version,
        "base": rules.bases.get(event.code),
        "source": event.source,
        "first": event.first.isoformat(),
        "last": event.last.isoformat(),
        "holidays": len(event.holidays),
        "recorded_at": event.recorded_at.isoformat(),
        "by": event.actor,
    }


def _line(row: Mapping[str, Any]) -> str:
    mark = "current" if row["current"] else ""
    reach = f"{row['first']} to {row['last']}"
    return f"{row['code']:<10} {row['version']}  {reach}  {mark:<7}  {row['source']}".rstrip()


def _open_or_closed(amendment: Mapping[str, Any]) -> str:
    return f"{'holiday' if amendment['closed'] else 'no holiday'}: {amendment['name']}"


def _told(change: Change) -> list[str]:
    from domain.calendars import difference

    old, new = change
    reach = f"{new.first} to {new.last}, from {new.source}"
    if old is None:
        return [f"{new.code}@{new.version} is new: {reach}."]
    days = difference(old, new)
    lines = [f"{new.code}@{new.version} instead of {old.version}: {reach}."]
    lines += [f"  gained   {day.date:%a %Y-%m-%d}  {day.name}" for day in days.gained]
    lines += [f"  lost     {day.date:%a %Y-%m-%d}  {day.name}" for day in days.lost]
    lines += [f"  renamed  {day.date:%a %Y-%m-%d}  {day.name}" for day in days.renamed]
    if (old.first, old.last) != (new.first, new.last):
        lines.append(f"  reaches from {new.first} to {new.last}, before from {old.first} to {old.last}")
    return lines


def _facts(change: Change) -> dict[str, Any]:
    from domain.calendars import difference

    old, new = change
    days = difference(old or new, new)._asdict()
    listed = {name: [day.model_dump(mode="json") for day in value] for name, value in days.items()}
    return {
        "code": new.code,
        "old_version": old and old.version,
        "new_version": new.version,
        "source": new.source,
        "first": new.first.isoformat(),
        "last": new.last.isoformat(),
        "old_first": old and old.first.isoformat(),
        "old_last": old and old.last.isoformat(),
        **listed,
    }


def _as_data(found: Sequence[Touched]) -> list[dict[str, Any]]:
    return [each.model_dump(mode="json") for each in found]


def _listed(found: Sequence[Touched]) -> list[str]:
    if not found:
        return ["No running clock would fall due at another instant."]
    lines = [f"{len(found)} running clock{'s' * (len(found) > 1)} would fall due at another instant:"]
    for each in found:
        new = str(each.new_due_date) if each.reason is None else each.reason
        lines.append(
            f"  {each.reference}  {each.regime} {each.milestone} {each.number}"
            f"  due {each.due_date}, under {each.calendar}@{each.new_version} {new}"
        )
    return [*lines, STAY]
