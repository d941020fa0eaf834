"""``plaint rebuild``: read models made anew from the log while they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.opening import opened
from adapters.cli.output import DIFFERENCE, answer, fail, progress, say

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from adapters.views.rebuilding import Rebuilt

SEARCH = "search"
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Back = Annotated[bool, typer.Option("--back", help="Take the generation that was kept instead.")]
Retry = Annotated[bool, typer.Option("--retry", help="Only try events that stopped a read model once more.")]


def rebuild(
    projections: Annotated[list[str] | None, typer.Argument(help="Read models; default: all.")] = None,
    back: Back = False,
    retry: Retry = False,
    as_json: Json = False,
) -> None:
    """Build read models anew beside those that are read, and switch.  Example: plaint rebuild queue"""
    with opened(rebuilding=True) as plaint:
        names = _known(plaint, projections or [])
        if back and retry:
            fail("Give --back or --retry, not both.", 2)
        if back and not names:
            fail("Name the read models to go back with, such as: plaint rebuild --back queue.", 2)
        if back and SEARCH in names:
            fail("The search index keeps nothing to go back to; build it again: plaint rebuild search.", 2)
        if retry:
            _retry(plaint, as_json=as_json)
            return
        done = _built(plaint, names, back=back)
        answer("\n".join(_line(*each) for each in done.items()), _facts(done), as_json=as_json)
        kept = [name for name, each in done.items() if not each.live]
        for name in kept:
            _tell_difference(name, done[name])
        if kept:
            raise typer.Exit(DIFFERENCE)


def _built(plaint: Plaint, names: list[str], *, back: bool) -> dict[str, Rebuilt]:
    """Build read models beside those that are read, and fill the search index anew."""
    from adapters.views.rebuilding import rebuild as build

    done, others = dict[str, "Rebuilt"](), [name for name in names if name != SEARCH]
    if others or not names:
        with progress("Folding the log", plaint.store.count()) as tell:
            done = build(plaint.views, others, tell, back=back)
    if SEARCH in names or not names:
        with progress("Indexing what is said", plaint.store.count()) as tell:
            done[SEARCH] = plaint.search.rebuild(tell)
    return done


def _known(plaint: Plaint, names: list[str]) -> list[str]:
    known = {view.name for view in plaint.views.views} | {SEARCH}
    unknown = sorted(set(names) - known)
    if unknown:
        fail(f"There is no read model {', '.join(unknown)}; choose of: {', '.join(sorted(known))}.", 2)
    return names


def _retry(plaint: Plaint, *, as_json: bool) -> None:
    stopped = dict[str, str]()
    for engine in (plaint.views, plaint.search.engine):
        engine.retry()
        engine.catch_up()
        stopped |= engine.stopped()
    lines = [f"{name} is stopped at {where}" for name, where in sorted(stopped.items())]
    answer("\n".join(lines) or "No read model is stopped.", {"stopped": stopped}, as_json=as_json)
    if stopped:
        raise typer.Exit(1)


def _facts(done: dict[str, Rebuilt]) -> dict[str, dict[str, float | None]]:
    return {
        name: {
            "rows": each.rows,
            "events": each.events,
            "seconds": round(each.seconds, 3),
            "differences": each.differences,
        }
        for name, each in done.items()
    }


def _line(name: str, each: Rebuilt) -> str:
    differences = "nothing to compare with" if each.differences is None else f"{each.differences} differences"
    return f"{name}: {each.rows} rows of {each.events} events in {each.seconds:.1f} s, {differences}"


def _tell_difference(name: str, each: Rebuilt) -> None:
    some = "".join(f" {id}" for id in each.first)
    say(
        f"plaint: {name} said something else than the log in {each.differences} places, "
        f"and is still read as it was; "
        f"see them with `plaint replay`{':' if some else ''}{some}. "
        f"To read what the log gives: plaint rebuild --back {name}"
    )
