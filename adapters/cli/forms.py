"""``plaint forms``: forms as files, and which of them hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from adapters.cli.opening import opened
from adapters.cli.output import answer, clear_errors, say

if TYPE_CHECKING:
    from domain.forms import Form, Shared

Texts: TypeAlias = dict[str, tuple[str, str]]
"""The file and the text of each form, by its id."""
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
        sound, wrong = _judged(paths or [])
        for problem in wrong:
            say(problem)
        said = f"{len(sound)} sound, {_count(len(wrong))}."
        answer(said, {"sound": sound, "problems": wrong}, as_json=as_json)
        if wrong:
            raise typer.Exit(1)


@app.command()
def translate(
    form: Annotated[str, typer.Argument(help="The id of a form, or `shared`.")],
    language: Annotated[str, typer.Argument(help="The language, such as de.")],
) -> None:
    """Print the file that says a form in one more language, to be filled in.

    Example: plaint forms translate complaint de > complaint.de.toml
    """
    from adapters.forms import form_of, shared_of, texts_of, translations_of
    from adapters.settings import Settings
    from domain.forms import FormError, is_language, template, translation_problems
    from domain.forms.loading import SHARED

    with clear_errors():
        data = Settings().data
        texts = texts_of(data)
        if not is_language(language):
            raise FormError(f"{language} names no language; write it as in de.")
        if form not in texts:
            raise FormError(f"There is no form {form}; `plaint forms list` names those that there are.")
        said = translations_of(data).get(language, {}).get(SHARED)
        common = shared_of(texts[SHARED][1])
        whole = said is not None and not translation_problems(common, said[1], said[0], language)
        spoken = ((language, said[1]),) if said is not None and whole else ()
        of = common if form == SHARED else form_of(texts[form][1], texts[form][0], texts[SHARED][1], spoken)
        answer(template(of, language).rstrip("\n"), None, as_json=False)


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


def _chosen(paths: list[Path], data: Path) -> tuple[Texts, dict[str, Texts]]:
    """Return the form files that are to be checked by id, and by language what translates forms."""
    from adapters.forms import named_language, read, texts_of, translations_of
    from domain.forms import FormError
    from domain.forms.loading import SHARED

    if not paths:
        return texts_of(data), translations_of(data)
    forms: Texts = {SHARED: texts_of(data)[SHARED]}
    translations: dict[str, Texts] = {}
    for path in paths:
        inside = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not inside:
            raise FormError(f"{path} has no form in it; name a folder of .toml files, or a file.")
        for each in inside:
            id, dot, language = each.stem.partition(".")
            of = translations.setdefault(named_language(str(each), language), {}) if dot else forms
            of[id] = (str(each), read(each))
    return forms, translations


def _judged(paths: list[Path]) -> tuple[list[str], list[str]]:
    """Return the ids of the sound forms and translations, and every problem of the others."""
    from adapters.forms import shared_of, texts_of
    from adapters.settings import Settings
    from domain.forms.loading import SHARED

    data = Settings().data
    texts, translations = _chosen(paths, data)
    name, text = texts[SHARED]
    shared = shared_of(text, name)
    found = {
        id: _problems(id, file, body, shared) for id, (file, body) in sorted(texts.items()) if id != SHARED
    }
    known = texts_of(data) | {id: each for id, each in texts.items() if not found.get(id)}
    for language, files in sorted(translations.items()):
        found |= _untranslated(language, files, known)
    return [id for id, wrong in found.items() if not wrong], [
        each for wrong in found.values() for each in wrong
    ]


def _problems(id: str, file: str, text: str, shared: Shared) -> list[str]:
    from domain.forms import parse, problems

    found = problems(text, file, shared)
    if not found and (called := parse(text, file, shared).id) != id:
        found = [f"{file}: id: the form is called {called}; give the file that name, or the form this one."]
    return found


def _untranslated(language: str, files: Texts, known: Texts) -> dict[str, list[str]]:
    """Return what is wrong with each translation into *language*, by ``form.language``."""
    from adapters.forms import form_of, shared_of, translations_of
    from adapters.settings import Settings
    from domain.forms import translation_problems
    from domain.forms.loading import SHARED

    text = known[SHARED][1]
    given = files.get(SHARED) or translations_of(Settings().data).get(language, {}).get(SHARED)
    if given is None:
        file = f"shared.{language}.toml"
        told = f"{file} is missing; it says what every form says (plaint forms translate shared {language})."
        return {f"{id}.{language}": [f"{file_of}: {told}"] for id, (file_of, _) in files.items()}
    wrong = translation_problems(shared_of(text), given[1], given[0], language)
    found = {f"{SHARED}.{language}": wrong} if SHARED in files or wrong else {}
    for id, (file, body) in sorted(files.items()):
        if id == SHARED or wrong:
            continue
        if id not in known:
            found[f"{id}.{language}"] = [f"{file}: there is no form {id}; name the file after one."]
            continue
        form = form_of(known[id][1], known[id][0], text, ((language, given[1]),))
        found[f"{id}.{language}"] = translation_problems(form, body, file, language)
    return found
