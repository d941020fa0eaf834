"""``plaint policy``: regimes as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from adapters.cli.output import answer, clear_errors, fail

if TYPE_CHECKING:
    from domain.policies import Regime
    from domain.trial import TrialCase

app = typer.Typer(help="Look at regimes and try them.  Example: plaint policy try house --case case.json")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FileOrRegime = Annotated[str, typer.Argument(help="A policy file, or the id of a regime.")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the regimes that ship.  Example: plaint policy list"""
    with clear_errors():
        regimes = list(_shipped().values())
        facts = [each.model_dump(mode="json", exclude={"terms", "applies"}) for each in regimes]
        lines = [f"{each.reference:<20} {each.jurisdiction or '':<6} {each.source or ''}" for each in regimes]
        answer("\n".join(lines), facts, as_json=as_json)


@app.command()
def show(regime: FileOrRegime, as_json: Json = False) -> None:
    """Show a regime whole, with every default.  Example: plaint policy show house"""
    with clear_errors():
        found, text = _read(regime)
        answer(text.rstrip(), found.model_dump(mode="json"), as_json=as_json)


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Policy files.")], as_json: Json = False) -> None:
    """Check policy files.  Example: plaint policy check my-regime.toml"""
    with clear_errors():
        from domain.policies import Rulebook

        regimes = [_read(str(file))[0] for file in files]
        Rulebook(regimes)
        sound = [each.reference for each in regimes]
        answer("\n".join(f"{each} is sound." for each in sound), {"sound": sound}, as_json=as_json)


@app.command("try")
def try_(
    regime: FileOrRegime,
    case: Annotated[Path, typer.Option(help="A case as JSON: calendar, events, as_of.")],
    as_json: Json = False,
) -> None:
    """Compute the clocks of a case and store nothing.  Example: plaint policy try house --case case.json"""
    with clear_errors():
        from adapters import calendars
        from adapters.bootstrap import utc_now
        from domain import trial

        found, _ = _read(regime)
        document = _read_case(case)
        try:
            wanted, calendar = trial.with_calendar_of(document, found)
        except ValidationError as error:
            fail(f"{case}: the calendar does not fit the policy: {_first(error)}.")
        calendar = calendar or calendars.resolve(wanted.calendar, *document.years)
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


def _shipped() -> dict[str, Regime]:
    from adapters.bootstrap import shipped_policies
    from domain.policies import parse

    regimes = [parse(text, name) for name, text in shipped_policies().items()]
    return {regime.regime: regime for regime in regimes}


def _read(name: str) -> tuple[Regime, str]:
    from adapters.bootstrap import shipped_policies
    from domain.policies import parse

    path = Path(name)
    if path.suffix == ".toml" or path.exists():
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            fail(f"{name} cannot be read ({error.strerror}); name a policy file or a regime.")
        except UnicodeDecodeError:
            fail(f"{name} is not UTF-8 text; write the policy as TOML in UTF-8.")
        return parse(text, name), text
    for file, text in shipped_policies().items():
        regime = parse(text, file)
        if name in {regime.regime, regime.reference}:
            return regime, text
    known = ", ".join(_shipped())
    return fail(f"There is no regime {name}; name a policy file, or one of: {known}.")
