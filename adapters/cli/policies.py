"""``plaint policy``: regimes as files, and what of them is loaded in the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer
from pydantic import ValidationError

from adapters.cli.opening import opened
from adapters.cli.output import answer, clear_errors, fail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.calendars import Calendar
    from domain.configuration import Rules
    from domain.policies import Regime
    from domain.trial import TrialCase

app = typer.Typer(help="Look at regimes and try them.  Example: plaint policy try house --case case.json")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Files = Annotated[list[Path], typer.Argument(help="Policy files.")]
FileOrRegime = Annotated[
    str, typer.Argument(help="A policy file, or the id of a regime, with @version or not.")
]


class Known(NamedTuple):
    """A regime that needs no file: it ships, it is loaded in the store, or both."""

    regime: Regime
    text: str
    shipped: bool
    loaded: bool


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the regimes that ship or are loaded in the store.  Example: plaint policy list"""
    with clear_errors():
        from adapters.places import utc_now
        from domain.policies import Rulebook

        known = sorted(_known().values(), key=lambda each: (each.regime.regime, each.regime.effective_from))
        in_force = {each.reference for each in Rulebook(k.regime for k in known).in_force(utc_now())}
        facts = [
            each.regime.model_dump(mode="json", exclude={"terms", "applies"})
            | {
                "in_force": each.regime.reference in in_force,
                "shipped": each.shipped,
                "loaded": each.loaded,
            }
            for each in known
        ]
        answer(_table(known, in_force), facts, as_json=as_json)


@app.command()
def show(regime: FileOrRegime, as_json: Json = False) -> None:
    """Show a regime whole, with every default.  Example: plaint policy show ie-cpc@2025"""
    with clear_errors():
        found, text = _read(regime)
        answer(text.rstrip(), found.model_dump(mode="json"), as_json=as_json)


@app.command()
def check(files: Files, as_json: Json = False) -> None:
    """Check policy files, also against what is known.  Example: plaint policy check my-regime.toml"""
    with clear_errors():
        from adapters.places import utc_now
        from adapters.policies import refuse_contradiction, refuse_unknown_calendar
        from domain.calendars import is_firms_own

        others = [each.regime for each in _known().values()]
        sound: list[str] = []
        for file in files:
            regime, text = _read(str(file))
            refuse_contradiction(regime, str(file), text, others)
            if not is_firms_own(regime.calendar):
                refuse_unknown_calendar(regime, str(file), text, utc_now().year)
            others.append(regime)
            sound.append(regime.reference)
        answer("\n".join(f"{each} is sound." for each in sound), {"sound": sound}, as_json=as_json)


@app.command()
def load(files: Files, as_json: Json = False) -> None:
    """Load policy files into the store, for cases to come.  Example: plaint policy load my-regime.toml"""
    with opened() as plaint:
        from adapters import policies
        from domain.configuration import Rules

        by = plaint.desk.context("system:operator")
        rules = plaint.store.load(Rules, Rules.ID) or Rules()
        loaded: list[str] = []
        known: list[str] = []
        for file in files:
            regime, text = _read_file(file)
            news = policies.load(rules, str(file), text, by)
            (loaded if news else known).append(regime.reference)
        plaint.store.append(rules)
        lines = [f"{each} is loaded." for each in loaded] + [f"{each} was loaded before." for each in known]
        answer("\n".join(lines), {"loaded": loaded, "known": known}, as_json=as_json)


@app.command("try")
def try_(
    regime: FileOrRegime,
    case: Annotated[Path, typer.Option(help="A case as JSON: calendar, events, as_of.")],
    as_json: Json = False,
) -> None:
    """Compute the clocks of a case and store nothing.  Example: plaint policy try house --case case.json"""
    with clear_errors():
        from adapters.places import utc_now
        from domain import trial

        found, _ = _read(regime)
        document = _read_case(case)
        try:
            wanted, calendar = trial.with_calendar_of(document, found)
        except ValidationError as error:
            fail(f"{case}: the calendar does not fit the policy: {_first(error)}.")
        calendar = calendar or _calendar(wanted.calendar, document.years)
        views = trial.run(document, wanted, calendar, now=utc_now())
        clocks = [each.model_dump(mode="json", by_alias=True, exclude={"id"}) for each in views]
        text = "\n\n".join(each["explanation"] for each in clocks) or "No clock starts."
        answer(text, {"clocks": clocks}, as_json=as_json)


def _read_case(path: Path) -> TrialCase:
    from domain.trial import TrialCase

    try:
        return TrialCase.model_validate(json.loads(path.read_text("utf-8")))
    except OSError as error:
        fail(f"{path} cannot be read ({error.strerror}).")
    except ValidationError as error:
        fail(f"{path}: {_first(error)}.")
    except ValueError:
        fail(f"{path} is no JSON document; write calendar, events and as_of as JSON.")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = "/".join(map(str, first["loc"])) or "the document"
    return f"{where}: {first['msg']}"


def _table(known: Iterable[Known], in_force: set[str]) -> str:
    """Return a line for each regime: whether it holds now, and how well its text was read."""
    rows = [("regime", "version", "in force", "verified", "from", "source")]
    for each in known:
        regime = each.regime
        holds = "yes" if regime.reference in in_force else "no"
        verified = "yes" if regime.verified else "no"
        origin = "shipped" if each.shipped else "loaded"
        rows.append((regime.regime, regime.version, holds, verified, origin, regime.source))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]])
        for row in rows
    )


def _known() -> dict[str, Known]:
    """Return every regime that ships or is loaded, by reference; where they differ, as it is loaded."""
    from adapters.policies import every_policy
    from domain.policies import parse

    known: dict[str, Known] = {}
    for name, text in every_policy().items():
        regime = parse(text, name)
        known[regime.reference] = Known(regime, text, shipped=True, loaded=False)
    rules = _rules_of_the_store()
    for policy in rules.texts.values() if rules else ():
        regime = parse(policy.text, f"{policy.regime}@{policy.version}", recorded=True)
        known[regime.reference] = Known(regime, policy.text, shipped=regime.reference in known, loaded=True)
    return known


def _rules_of_the_store() -> Rules | None:
    """Return what is loaded in the store; None where there is no store, and none is created."""
    from adapters.settings import Settings
    from domain.configuration import Rules

    settings = Settings()
    if settings.database_url is None and not (settings.data / "log.db").exists():
        return None
    with opened() as plaint:
        return plaint.store.load(Rules, Rules.ID)


def _calendar(code: str, years: tuple[int, int]) -> Calendar:
    """Return the calendar *code*: the firm's own as it is loaded, another for what is known of *years*."""
    from adapters import calendars
    from domain.calendars import is_firms_own

    rules = _rules_of_the_store() if is_firms_own(code) else None
    return rules.calendar(code) if rules else calendars.covering(code, *years)


def _read(name: str) -> tuple[Regime, str]:
    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        return _read_file(path)
    from domain.policies import Rulebook

    known = _known()
    regimes = Rulebook(each.regime for each in known.values())
    id, _, version = name.partition("@")
    latest = {regime.regime: regime for regime in regimes.regimes}
    reference = name if version else latest[id].reference if id in latest else ""
    if reference not in known:
        fail(f"There is no regime {name}; name a policy file, or one of: {', '.join(latest)}.")
    return known[reference].regime, known[reference].text


def _read_file(path: Path) -> tuple[Regime, str]:
    from adapters.policies import read
    from domain.policies import parse

    text = read(path)
    return parse(text, str(path)), text
