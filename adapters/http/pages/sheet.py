"""Any form in a browser: what was typed, by the path of each question, and the JSON that it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from adapters.http.pages.complaint import moment
from domain.forms import Field, Form
from domain.forms.model import MOST_ENTRIES

PATH = re.compile(r"[a-z][a-z0-9_]*(\.[0-9]{1,2}\.[a-z][a-z0-9_]*)*")
"""Where a question stands: ``subject``, or within records ``owners.0.name``."""
SPANS = {"from": ":from", "to": ":to"}
"""What is added to the path of a question about when something happened: it has two inputs."""
COUNT = ":count"
"""What is added to the path of records for how many there are."""
FEW = re.compile(r"[0-9]{1,2}")
WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True)
class Sheet:
    """What was typed into a form: the values of each input, by its name."""

    values: Mapping[str, tuple[str, ...]]

    def text(self, path: str) -> str:
        """Return what was typed into one input."""
        return self.values.get(path, ("",))[-1]

    def count(self, path: str, field: Field) -> int:
        """Return how many records there are; one that has to be there is shown from the beginning."""
        least = int(field.min or 0) or (1 if field.required else 0)
        typed = self.text(path + COUNT)
        return min(max(int(typed), least) if FEW.fullmatch(typed) else least, most_of(field))

    def body(
        self, fields: Mapping[str, Field], language: str, zone: ZoneInfo, within: str = ""
    ) -> dict[str, object]:
        """Return the JSON of the answers that were given."""
        answers = {name: self._answer(within + name, field, language, zone) for name, field in fields.items()}
        return {name: answer for name, answer in answers.items() if answer not in ("", [], False, None)}

    def _answer(self, path: str, field: Field, language: str, zone: ZoneInfo) -> object:
        typed = self.text(path)
        match field.kind:
            case "tick":
                return bool(typed)
            case "lines":
                return [line.strip() for line in typed.splitlines() if line.strip()]
            case "choices" | "checklist":
                return [each for each in self.values.get(path, ()) if each]
            case "integer" | "rating":
                return int(typed) if WHOLE.fullmatch(typed) else typed
            case "number" | "amount":
                return typed.replace(",", ".") if language == "fr" else typed
            case "when":
                start, end = (moment(self.text(path + part), language, zone) for part in SPANS.values())
                return {"from": start, "to": end} if end else start
            case "records":
                inside = range(self.count(path, field))
                return [self.body(field.fields, language, zone, f"{path}.{n}.") for n in inside]
            case _:
                return typed

    def grown(self, path: str, field: Field) -> Sheet:
        """Return the sheet with one record more at *path*, if there is room for it."""
        number = min(self.count(path, field) + 1, most_of(field))
        return Sheet({**self.values, path + COUNT: (str(number),)})

    def shrunk(self, path: str, field: Field, number: int) -> Sheet:
        """Return the sheet without one of the records at *path*; those behind it move up."""
        count = self.count(path, field)
        kept = {name: value for name, value in self.values.items() if not name.startswith(f"{path}.")}
        others = [each for each in range(count) if each != number]
        for place, each in enumerate(others):
            old, new = f"{path}.{each}.", f"{path}.{place}."
            moved = {
                new + name.removeprefix(old): v for name, v in self.values.items() if name.startswith(old)
            }
            kept |= moved
        return Sheet({**kept, path + COUNT: (str(len(others)),)})

    def tidied(self, fields: Mapping[str, Field], within: str = "") -> Sheet:
        """Return the sheet without records that nothing was typed into: nobody meant them."""
        sheet = self
        for name, field in fields.items():
            path = within + name
            for number in reversed(range(sheet.count(path, field)) if field.kind == "records" else ()):
                sheet = sheet.tidied(field.fields, f"{path}.{number}.")
                inside = f"{path}.{number}."
                if not any(
                    each.startswith(inside) and COUNT not in each and any(value)
                    for each, value in sheet.values.items()
                ):
                    sheet = sheet.shrunk(path, field, number)
        return sheet


def most_of(field: Field) -> int:
    """Return how many records there may be."""
    return MOST_ENTRIES if field.max is None else int(field.max)


def read(data: Mapping[str, Sequence[str]], form: Form) -> Sheet:
    """Return what a browser sent of the questions of *form*; whatever else came is left aside."""
    values: dict[str, tuple[str, ...]] = {}
    for name, given in data.items():
        path, mark, part = name.partition(":")
        field = _at(form.fields, path)
        if field is None or (mark and f":{part}" not in (*SPANS.values(), COUNT)):
            continue
        values[name] = tuple(each.replace("\r\n", "\n").strip() for each in given)
    return Sheet(values)


def _at(fields: Mapping[str, Field], path: str) -> Field | None:
    if not PATH.fullmatch(path):
        return None
    field: Field | None = None
    for part in path.split("."):
        if part.isdecimal():
            fields = field.fields if field is not None else {}
            continue
        field = fields.get(part)
        if field is None:
            return None
    return field


def found(form: Form, path: str) -> Field | None:
    """Return the question of *form* at *path*, None where there is none."""
    return _at(form.fields, path)


def paths(sheet: Sheet, fields: Mapping[str, Field], within: str = "") -> Iterator[str]:
    """Yield the path of every question that is shown, in the order in which they are."""
    for name, field in fields.items():
        path = within + name
        yield path
        if field.kind == "records":
            for number in range(sheet.count(path, field)):
                yield f"{path}.{number}"
                yield from paths(sheet, field.fields, f"{path}.{number}.")
