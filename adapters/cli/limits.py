"""``plaint policy limits``: the firm's own limits as a page to publish."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer
from adapters.cli.spans import day


def limits(
    regimes: Annotated[list[str] | None, typer.Argument(help="Ids of regimes; default: all.")] = None,
    *,
    lang: Annotated[Literal["en", "fr"], typer.Option(help="The language of the page.")] = "en",
    format: Annotated[Literal["md", "html"], typer.Option(help="Markdown, or an HTML document.")] = "md",
    on: Annotated[str | None, typer.Option(help="In force on this day; default: today.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the limits in force.  Example: plaint policy limits house mica --lang fr --format html"""
    with opened() as plaint:
        from domain.limits import html, markdown, page

        rules = plaint.desk.rules
        for each in regimes or ():
            rules.regime(each)
        shown = page(rules, day(on) if on else plaint.now().date(), lang, only=regimes or ())
        text = html(shown, lang) if format == "html" else markdown(shown, lang)
        answer(text.rstrip("\n"), shown.model_dump(mode="json"), as_json=as_json)
