"""``plaint import``: complaints and tickets from other registers."""

from __future__ import annotations

import time
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.opening import opened
from adapters.cli.output import WRONG_USAGE, answer, fail, progress, say

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from adapters.importers.beside import Beside


class System(StrEnum):
    """The registers whose files can be read."""

    CFPB = "cfpb"
    ITSM = "itsm"
    NYC = "nyc"


def import_(
    system: Annotated[System, typer.Argument(help="The register that the files come from.")],
    files: Annotated[list[Path], typer.Argument(help="Files: .csv or .csv.gz.")],
    *,
    zone: Annotated[str | None, typer.Option(help="Time zone of the dates; needed for itsm and nyc.")] = None,
    regime: Annotated[list[str] | None, typer.Option(help="Start the clocks of ID[@VERSION].")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="1: fold read models after, not beside.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import cases; a second run adds nothing.  Example: plaint import itsm log.csv.gz --zone Europe/Rome"""
    with opened() as plaint:
        from adapters.importers.beside import folding_beside
        from adapters.importers.run import REGISTERS, Summary, import_file

        register = REGISTERS[system]
        if zone is None and register.zone is None:
            fail(
                f"The files of {system} name no time zone; say where their dates are days, "
                f"such as --zone {register.example}.",
                WRONG_USAGE,
            )
        total, began = Summary(), time.monotonic()
        with folding_beside(plaint, jobs) as beside:
            for file in files:
                size = file.stat().st_size if file.exists() else None
                with progress(file.name, size) as tell:

                    def told(done: int) -> None:
                        tell(done)
                        beside.look()

                    total += import_file(
                        plaint, file, system=system, zone=zone, regimes=regime or (), progress=told
                    )
            _fold(plaint, beside)
        ready = round(time.monotonic() - began, 3)
        for rejects in total.reject_files:
            say(f"Rejected rows are listed in {rejects}.")
        text = (
            f"{total.rows} rows, {total.cases} new cases, {total.duplicates} duplicates, "
            f"{total.rejected} rejected, {total.events} events in {total.seconds:.1f} s; "
            f"read models up to date after {ready:.1f} s"
        )
        answer(text, asdict(total) | {"up_to_date_seconds": ready}, as_json=as_json)
        if total.rows and total.rejected == total.rows:
            fail("No row could be read; see the list of rejected rows.")


def _fold(plaint: Plaint, beside: Beside) -> None:
    """Wait until the read models have everything."""
    with progress("Folding the log", plaint.store.count()) as tell:
        well = beside.finish(tell)
    if not well:
        say("plaint: the process that folded read models beside the import failed; the rest was folded here.")
