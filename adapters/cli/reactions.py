"""``plaint reactions``: what follows from events, and the events that could not be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer, fail

if TYPE_CHECKING:
    from adapters.reactions.troubles import Trouble

app = typer.Typer(help="See what follows from events, and mend what did not.  Example: plaint reactions list")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
STATES = ("parked", "retrying", "behind", "refused")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List reactions, and events that were parked, wait or were refused.  Example: plaint reactions list"""
    with opened() as plaint:
        lag = plaint.reactions.lag(plaint.store.ends())
        found = plaint.reactions.troubles.all(STATES)
        lines = [f"{name}: {behind} events behind" for name, behind in sorted(lag.items())]
        facts = {"reactions": lag, "events": [_facts(each) for each in found]}
        answer("\n".join([*lines, *map(_line, found)]) or "There are no reactions.", facts, as_json=as_json)


@app.command()
def retry(
    names: Annotated[list[str] | None, typer.Argument(help="Reactions; default: all.")] = None,
    as_json: Json = False,
) -> None:
    """Have a worker try parked events once more.  Example: plaint reactions retry"""
    with opened() as plaint:
        unknown = sorted(set(names or ()) - set(plaint.reactions.names))
        if unknown:
            known = ", ".join(sorted(plaint.reactions.names))
            fail(f"There is no reaction {', '.join(unknown)}; choose of: {known}.", 2)
        number = plaint.reactions.troubles.retry(names or ())
        answer(f"{number} parked events are tried again.", {"retried": number}, as_json=as_json)


@app.command()
def skip(
    name: Annotated[str, typer.Argument(help="The reaction.")],
    position: Annotated[str, typer.Argument(help="The place of the event, such as 03:1742.")],
    as_json: Json = False,
) -> None:
    """Give up on one parked event.  Example: plaint reactions skip assign_to_the_least_busy 00:1742"""
    from adapters.eventstore.tables import number_of

    try:
        log, number = number_of(position)
    except ValueError as error:
        fail(f"{error}.", 2)
    with opened() as plaint:
        if not plaint.reactions.troubles.skip(name, log, number):
            fail("No event is parked there; see `plaint reactions list`.")
        facts = {"reaction": name, "position": position, "skipped": True}
        answer(f"{name} goes on without the event at {position}.", facts, as_json=as_json)


def _facts(each: Trouble) -> dict[str, object]:
    return {
        "reaction": each.reaction,
        "position": each.position,
        "topic": each.topic,
        "case": str(each.case_id),
        "state": each.state,
        "attempts": each.attempts,
        "why": each.why,
        "since": each.since.isoformat(),
    }


def _line(each: Trouble) -> str:
    why = f" ({each.why})" if each.why else ""
    return f"{each.reaction}: {each.state} at {each.position}, {each.topic} of {each.case_id}{why}"
