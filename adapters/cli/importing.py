"""``plaint import``: complaints and tickets from other registers."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.opening import opened
from adapters.cli.output import WRONG_USAGE, answer, fail, progress, say


class System(StrEnum):
    """The registers whose files can be read."""

    CFPB = "cfpb"
    ITSM = "itsm"
    NYC = "nyc"


def import_(
    system: Annotated[System, typer.Argument(help="The register that the files come from.")],
    files: Annotated[list[Path], typer.Argument(help="Files: .csv or .csv.gz.")],
    zone: Annotated[str | None, typer.Option(help="Time zone of the dates; needed for itsm and nyc.")] = None,
    regime: Annotated[list[str] | None, typer.Option(help="Start the clocks of ID[@VERSION].")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Import cases; a second run adds nothing.  Example: plaint import itsm log.csv.gz --zone Europe/Rome"""
    with opened() as plaint:
        from adapters.importers.run import REGISTERS, Summary, import_file

        register = REGISTERS[system]
        if zone is None and register.zone is None:
            fail(
                f"The files of {system} name no time zone; say where their dates are days, "
                f"such as --zone {register.example}.",
                WRONG_USAGE,
            )
        total = Summary()
        for file in files:
            size = file.stat().st_size if file.exists() else None
            with progress(file.name, size) as tell:
                total += import_file(
                    plaint, file, system=system, zone=zone, regimes=regime or (), progress=tell
                )
        plaint.views.catch_up()
        for rejects in total.reject_files:
            say(f"Rejected rows are listed in {rejects}.")
        text = (
            f"{total.rows} rows, {total.cases} new cases, {total.duplicates} duplicates, "
            f"{total.rejected} rejected, {total.events} events in {total.seconds:.1f} s"
        )
        answer(text, asdict(total), as_json=as_json)
        if total.rows and total.rejected == total.rows:
            fail("No row could be read; see the list of rejected rows.")
