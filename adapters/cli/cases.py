"""``plaint replay``: cases as they were."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer, fail

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def replay(
    case: Annotated[str, typer.Argument(help="The id or the reference of a case.")],
    as_of: Annotated[str | None, typer.Option(help="What had happened by this instant.")] = None,
    known_at: Annotated[str | None, typer.Option(help="What was known at this instant.")] = None,
    version: Annotated[int | None, typer.Option(min=1, help="Up to this version.")] = None,
    as_json: Json = False,
) -> None:
    """Replay a case from its events.  Example: plaint replay C-CTHNCMBG1PT --as-of 2026-06-01T00:00:00Z"""
    with opened() as plaint:
        from projections.replay import fold, until

        id = _find(plaint, case)
        known = (event for _, event in plaint.store.numbered(id))
        events = list(until(known, as_of=_instant(as_of), known_at=_instant(known_at), version=version))
        if not events:
            fail("Nothing of that case had happened by then.")
        replayed = fold((event.originator_version, event) for event in events)
        facts = {
            "case": json.loads(replayed.row.model_dump_json()) if replayed.row else None,
            "clocks": [json.loads(each.clock.model_dump_json()) for each in replayed.clocks],
            "events": [
                {"topic": each.TOPIC, **plaint.showing.document(each.model_dump(mode="json"), id)}
                for each in events
            ],
        }
        lines = [
            f"{e.originator_version:>4}  {e.occurred_at:%Y-%m-%d %H:%M}  {e.TOPIC}  {e.actor}" for e in events
        ]
        if replayed.row is not None:
            lines.append(f"{replayed.row.reference} is {replayed.row.status}.")
        answer("\n".join(lines), facts, as_json=as_json)


def _find(plaint: Plaint, case: str) -> UUID:
    from domain.ids import normal_reference

    try:
        return UUID(case)
    except ValueError:
        reference = normal_reference(case)
    if reference is None:
        fail("That is neither an id nor a reference; a reference looks like C-CTHNCMBG1PT.", 2)
    plaint.views.catch_up()
    row = plaint.queries.case_by_reference(reference)
    if row is None:
        fail("There is no case of that reference.")
    return row.id


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        fail("An instant is written like 2026-06-01T12:00:00+02:00.", 2)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
