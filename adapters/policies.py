"""Policy files: those that ship, those of the firm, and how they enter the store."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import structlog

from adapters import calendars
from domain.calendars import CalendarExhausted, business_days
from domain.configuration import PolicyTextChanged
from domain.deadlines import deadline
from domain.errors import UnknownCalendar
from domain.policies import PolicyError, Rulebook, parse, place
from domain.privacy import MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from domain.configuration import Rules
    from domain.kernel import Context
    from domain.policies import Regime, Term

log = structlog.get_logger()

FOLDER = "policies"
"""Where in the data directory a firm keeps its own policy files."""


def shipped_policies() -> dict[str, str]:
    """Return the policy files that ship, by name: of each regime the latest version."""
    return _texts(files("domain.policies"))


def earlier_policies() -> dict[str, str]:
    """Return the policy files that ship for the versions before the latest, by name."""
    return _texts(files("domain.policies") / "earlier")


def every_policy() -> dict[str, str]:
    """Return all policy files that ship, by name."""
    return earlier_policies() | shipped_policies()


def read(path: Path) -> str:
    """Return the text of a policy file; a `PolicyError` where it cannot be had."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise PolicyError(
            f"{path} cannot be read ({error.strerror}); name a policy file or a regime."
        ) from None
    except UnicodeDecodeError:
        raise PolicyError(f"{path} is not UTF-8 text; write the policy as TOML in UTF-8.") from None
    if len(text) > MAX_TEXT:
        raise PolicyError(f"{path} is longer than {MAX_TEXT} characters; write one regime to a file.")
    return text


def load_every_policy(rules: Rules, data: Path, by: Context) -> None:
    """Let *rules* know what ships, and then the firm's own files in the data directory.

    A shipped file whose text differs from the one that is loaded under its version
    changes nothing: clocks are pinned to what is loaded.
    """
    for name, text in every_policy().items():
        loaded = rules.texts.get(_key(parse(text, name)))
        if loaded is not None and loaded.text != text:
            log.warning("policy_differs_from_what_ships", policy=name, kept=loaded.version)
            calendars.ensure(rules, parse(loaded.text, name, recorded=True).calendar, by)
        else:
            load(rules, name, text, by)
    for path in sorted((data / FOLDER).glob("*.toml")):
        load(rules, str(path), read(path), by)


def load(rules: Rules, name: str, text: str, by: Context) -> bool:
    """Let *rules* know the policy *text* of the file *name*, and its calendar; say whether it is news.

    Refused as `PolicyError`, with the file, the line and the remedy, is what could not
    be used: another text under a version that is loaded, a version that contradicts
    another, an unknown calendar, a limit that the calendar does not reach.
    """
    regime = parse(text, name)
    news = _key(regime) not in rules.texts
    if news:
        refuse_contradiction(regime, name, text, rules.rulebook().regimes)
    try:
        rules.load_policy(regime, text, by)
    except PolicyTextChanged:
        raise PolicyError(
            f"{place(text, name, ['version'])}: {regime.reference} is loaded with another text; "
            "give this one a new version and the day from which it holds."
        ) from None
    try:
        calendars.ensure(rules, regime.calendar, by)
    except UnknownCalendar as error:
        raise PolicyError(f"{place(text, name, ['calendar'])}: calendar: {error}") from None
    if news:
        _refuse_out_of_reach(rules, regime, name, text, by)
    return news


def refuse_contradiction(regime: Regime, name: str, text: str, others: Iterable[Regime]) -> None:
    """Refuse *regime* of the file *name* where it contradicts one of *others*."""
    try:
        Rulebook([*others, regime])
    except PolicyError as error:
        raise PolicyError(f"{place(text, name, ['effective_from'])}: {error}") from None


def refuse_unknown_calendar(regime: Regime, name: str, text: str, year: int) -> None:
    """Refuse *regime* of the file *name* where no calendar of a country bears the code it names."""
    try:
        calendars.resolve(regime.calendar, year, year)
    except UnknownCalendar as error:
        raise PolicyError(f"{place(text, name, ['calendar'])}: calendar: {error}") from None


def _refuse_out_of_reach(rules: Rules, regime: Regime, name: str, text: str, by: Context) -> None:
    calendar = rules.calendar(regime.calendar)
    days = business_days(calendar, regime.closed_weekdays)
    for number, term in enumerate(regime.terms):
        for limited in _limits(term):
            try:
                deadline(limited, regime, days, by.recorded_at)
            except CalendarExhausted:
                where = place(text, name, ["terms", number, "limit"])
                raise PolicyError(
                    f"{where}: {term.milestone} falls due beyond calendar {calendar.code}, which ends on "
                    f"{calendar.last}; shorten the limit, or use calendar_day, week, month or year."
                ) from None


def _limits(term: Term) -> list[Term]:
    longer = term.extension
    extended = [term.model_copy(update={"limit": longer.limit, "unit": longer.unit})] if longer else []
    return [term, *extended] if term.limit is not None else []


def _key(regime: Regime) -> tuple[str, str]:
    return regime.regime, regime.version


def _texts(folder: Traversable) -> dict[str, str]:
    return {
        each.name: each.read_text("utf-8")
        for each in sorted(folder.iterdir(), key=lambda each: each.name)
        if each.name.endswith(".toml")
    }
