"""``plaint forms``: forms as files, and which of them hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer, clear_errors, say

if TYPE_CHECKING:
    from domain.forms import Form, Shared

app = typer.Typer(help="Look at the forms.  Example: plaint forms check")
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(help="Form files, or folders of them; without any: what ships, and the firm's own."),
]


@app.command()
def check(paths: Paths = None, as_json: Json = False) -> None:
    """Check form files, every mistake with its file and line.  Example: plaint forms check my-forms/"""
    with clear_errors():
        sound, wrong = _judged(_texts(paths or []))
        for problem in wrong:
            say(problem)
        said = f"{len(sound)} sound, {_count(len(wrong))}."
        answer(said, {"sound": sound, "problems": wrong}, as_json=as_json)
        if wrong:
            raise typer.Exit(1)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the forms that are in force in the store.  Example: plaint forms list --json"""
    with opened() as plaint:
        forms = plaint.forms.all()
        facts = [
            form.model_dump(mode="json", include={"id", "version", "kind", "team", "category", "sign_in"})
            | {"languages": list(form.languages), "title": form.title.get("en", "")}
            for form in forms
        ]
        answer("\n".join(map(_line, forms)), facts, as_json=as_json)


def _line(form: Form) -> str:
    from domain.forms import said

    languages = ",".join(form.languages)
    return f"{form.id:32} {form.version:10} {form.team:16} {languages:8} {said(form.title, 'en')}"


def _count(problems: int) -> str:
    return "1 problem" if problems == 1 else f"{problems} problems"


def _texts(paths: list[Path]) -> dict[str, tuple[str, str]]:
    """Return the file and the text of each form that is to be checked, by its id."""
    from adapters.forms import read, texts_of
    from adapters.settings import Settings
    from domain.forms import FormError
    from domain.forms.loading import SHARED

    known = texts_of(Settings().data)
    if not paths:
        return known
    found: dict[str, tuple[str, str]] = {SHARED: known[SHARED]}
    for path in paths:
        inside = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise FormError(f"{path} has no form in it; name a folder of .toml files, or a file.")
        found |= {each.stem: (str(each), read(each)) for each in inside}
    return found


def _judged(texts: dict[str, tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Return the ids of the sound forms, and every problem of the others."""
    from adapters.forms import shared_of
    from domain.forms.loading import SHARED

    name, text = texts[SHARED]
    shared = shared_of(text, name)
    sound: list[str] = []
    wrong: list[str] = []
    for id, (file, body) in sorted(texts.items()):
        if id != SHARED:
            found = _problems(id, file, body, shared)
            wrong += found
            sound += [] if found else [id]
    return sound, wrong


def _problems(id: str, file: str, text: str, shared: Shared) -> list[str]:
    from domain.forms import parse, problems

    found = problems(text, file, shared)
    if not found and (called := parse(text, file, shared).id) != id:
        found = [f"{file}: id: the form is called {called}; give the file that name, or the form this one."]
    return found
