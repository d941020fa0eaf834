"""``plaint forms``: a catalogue is checked with every mistake in its place, and listed as it is in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.forms import shipped_forms
from tests.http.form_files import CLOSE, RESET, german, write


@pytest.fixture
def firm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data directory of a firm, which has a form of its own."""
    monkeypatch.setenv("PLAINT_DATA", str(tmp_path))
    write(tmp_path, reset=RESET)
    return tmp_path


UNKNOWN = "the form itself says no text of that name; remove it, or see how it is spelt."
NO_SHARED = "shared.it.toml is missing; it says what every form says (plaint forms translate shared it)."


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["forms", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_what_ships_and_the_firms_own_are_checked(firm: Path):
    code, said, remarks = run("check", "--json")

    assert (code, json.loads(said), remarks) == (
        0,
        {"sound": sorted([*shipped_forms(), "reset"]), "problems": []},
        "",
    )


def test_every_problem_is_told_with_its_file_and_line(firm: Path):
    other = firm / "other"
    other.mkdir()
    write(other, reset=RESET.replace('fr = "Objet"', 'de = "Betreff"').replace('["seen"]', '["saw"]'))
    write(other, closing=CLOSE)
    folder = other / "forms"
    names = "account_email, country, description, device, parent, seen, subject"

    code, said, remarks = run("check", str(folder))

    assert (code, said) == (1, "0 sound, 3 problems.\n")
    assert [line.removeprefix(f"{folder}/") for line in remarks.splitlines()] == [
        "closing.toml: id: the form is called close_account; give the file that name, or the form this one.",
        f"reset.toml, line 61: rules[1].fields: there is no field saw; use one of: {names}.",
        'reset.toml, line 36: fields.subject.label: the text is missing in fr; add fr = "…".',
    ]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (
            "nowhere.toml",
            "nowhere.toml cannot be read (No such file or directory); name a form file or a form.",
        ),
        (".", " has no form in it; name a folder of .toml files, or a file."),
    ],
)
def test_what_cannot_be_read_is_told(firm: Path, path: str, told: str):
    code, said, remarks = run("check", str(firm / path))

    assert (code, said) == (1, "")
    assert told in remarks


def test_the_forms_in_force_are_listed(firm: Path):
    code, said, _ = run("list", "--json")

    listed = {each["id"]: each for each in json.loads(said)}
    assert (code, set(listed)) == (0, {*shipped_forms(), "reset"})
    assert listed["reset"] == {
        "id": "reset",
        "version": "1",
        "kind": "ticket",
        "team": "support",
        "category": "account_access",
        "sign_in": False,
        "languages": ["en", "fr"],
        "title": "Reset",
    }


def test_a_translation_is_checked_with_the_form_it_is_of(firm: Path):
    """Whole, it is sound; what is missing, unknown or of nothing is told with its file and line."""
    write(firm, **german())
    code, said, remarks = run("check", "--json")
    assert (code, remarks) == (0, "")
    assert {"reset.de", "shared.de"} < set(json.loads(said)["sound"])

    wrong = (firm / "forms" / "reset.de.toml").read_text("utf-8").replace("\ntitle = ", "\ntitel = ", 1)
    write(firm, **{"reset.de": wrong, "nothing.de": wrong, "reset.it": wrong})
    code, said, remarks = run("check")

    assert code == 1
    assert [line.replace(f"{firm}/forms/", "") for line in remarks.splitlines()] == [
        "nothing.de.toml: there is no form nothing; name the file after one.",
        "reset.de.toml: title: the text is missing in de; say there: “Reset”.",
        f"reset.de.toml, line 5: titel: {UNKNOWN}",
        f"reset.it.toml: {NO_SHARED}",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["translate", "nothing", "de"],
            "There is no form nothing; `plaint forms list` names those that there are.",
        ),
        (["translate", "reset", "German"], "German names no language; write it as in de."),
    ],
)
def test_what_cannot_be_translated_is_told(firm: Path, arguments: list[str], told: str):
    code, said, remarks = run(*arguments)

    assert (code, said, remarks) == (1, "", f"plaint: {told}\n")
