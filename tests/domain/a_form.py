"""A form that asks one question of every kind, and answers to it that are in order."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from adapters.forms import shared
from domain.forms import Form, Mistake, Submission, check, parse

NOW = datetime.fromisoformat("2026-05-22T22:30:00+00:00")
"""A Friday in UTC, and half past midnight on Saturday in Paris."""
PARIS = ZoneInfo("Europe/Paris")
HEAD = """
id = "all-kinds"
version = "3"
team = "support"
category = "other"
languages = ["en", "fr"]
title = { en = "Everything", fr = "Tout" }
"""
RECORDS = """kind = "records"
max = 2
fields.name = { kind = 'line', required = true, label = { en = 'Name', fr = 'Nom' } }
fields.share = { kind = 'number', label = { en = 'Share', fr = 'Part' } }"""
KINDS: dict[str, tuple[str, Any]] = {
    "a_line": ('kind = "line"\nlength = 10\npattern = "[A-Z]+"', "ABC"),
    "an_email": ('kind = "email"', "name@example.org"),
    "a_text": ('kind = "text"\nlength = 20', "Two\nlines"),
    "some_lines": ('kind = "lines"\nmin = 1\nmax = 2', ["one", "two"]),
    "a_choice": ('kind = "choice"\n{options}', "red"),
    "a_country_by_list": ('kind = "choice"\nchoices = "countries"', "FR"),
    "some_choices": ('kind = "choices"\n{options}', ["red", "blue"]),
    "a_tick": ('kind = "tick"', True),
    "a_checklist": ('kind = "checklist"\n{options}', ["blue", "red"]),
    "an_estimate": ('kind = "when"', {"from": "2026-05", "to": "2026-05-22"}),
    "a_date": ('kind = "date"', "2026-05-24"),
    "a_datetime": ('kind = "datetime"', "2026-05-24T14:30:00"),
    "a_zone": ('kind = "zone"', "Asia/Tokyo"),
    "a_phone": ('kind = "phone"', "+33123456789"),
    "a_country": ('kind = "country"', "DE"),
    "a_number": ('kind = "number"\nmin = -5\nmax = 100\ndecimals = 2', "12.50"),
    "an_amount": ('kind = "amount"', "0.05"),
    "an_integer": ('kind = "integer"\nmin = 0\nmax = 7', 7),
    "a_rating": ('kind = "rating"', 5),
    "a_parent": ('kind = "parent"', "T-0000000000" + "0"),
    "a_file": ('kind = "file"', "Letter 1.PDF"),
    "some_records": (
        RECORDS,
        [{"name": "Ann", "share": "40"}, {"name": "Bob"}],
    ),
}
OPTIONS = """options = [
    { code = "red", label = { en = "Red", fr = "Rouge" } },
    { code = "blue", label = { en = "Blue", fr = "Bleu" } },
]"""
ANSWERS: dict[str, Any] = {name: answer for name, (_, answer) in KINDS.items()}


def form(fields: dict[str, str], more: str = "") -> Form:
    """Return a form of these *fields*, each with its keys; *more* are tables that come after them."""
    step = f'[[steps]]\nid = "one"\ntitle = {{ en = "One", fr = "Un" }}\nfields = {list(fields)}\n'
    asked = "\n".join(
        f"[fields.{name}]\nlabel = {{ en = '{name}', fr = '{name}' }}\n{keys.replace('{options}', OPTIONS)}\n"
        for name, keys in fields.items()
    )
    return parse(f"{HEAD}\n{step}\n{asked}\n{more}", "all-kinds.toml", shared())


def of_all_kinds() -> Form:
    """Return a form with a field of every kind."""
    return form({name: keys for name, (keys, _) in KINDS.items()})


def checked(form: Form, answers: dict[str, Any], **given: Any) -> Submission | list[Mistake]:
    """Check *answers* at `NOW` in Paris, in English, by somebody who is signed in."""
    usual: dict[str, Any] = {"now": NOW, "zone": PARIS, "language": "en", "signed_in": True}
    return check(form, answers, texts=shared().mistakes, **(usual | given))


def mistakes(form: Form, answers: dict[str, Any], **given: Any) -> list[tuple[str, str, str]]:
    """Return what is wrong with *answers*: where, of what type, and what is said."""
    found = checked(form, answers, **given)
    return [] if isinstance(found, Submission) else [(m.pointer, m.type, m.message) for m in found]
