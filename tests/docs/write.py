"""Writes what of docs comes from the code: the description of the API, and the tables of errors.

python -m tests.docs.write
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import adapters
import domain
from adapters.http import problems
from adapters.http.problems import RULES, Kind
from domain.errors import DomainError
from tests.docs.answers import answers
from tests.http.world import World

DOCS = Path(__file__).parents[2] / "docs"
OPENAPI, ERRORS = DOCS / "openapi.json", DOCS / "errors.md"
EXAMPLES = DOCS.parent / "adapters" / "http" / "examples.json"


def described() -> dict[str, Any]:
    """Return the description of the API, as an installation without settings gives it."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        try:
            return world.client.get("/openapi.json").json()
        finally:
            world.close()


def examples() -> str:
    """Return an answer for each schema of answers, from the life of one desk."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), webhook_allow_private="loopback")
        try:
            return json.dumps(dict(answers(world)), indent=1, ensure_ascii=False) + "\n"
        finally:
            world.close()


def openapi() -> str:
    """Return the file of the description; the version of the build is not part of it."""
    description = described()
    description["info"]["version"] = "1"
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"


def kinds() -> str:
    """Return the table of the kinds of problems."""
    rows = [
        f"| `{kind.uri}` | {kind.value.status} | {kind.value.title} | {kind.value.remedy} |" for kind in Kind
    ]
    return "\n".join(["| type | status | what is wrong | what to do |", "| --- | --- | --- | --- |", *rows])


def load_everything() -> None:
    """Import every module, so that every rule there is is known, whatever was used before."""
    for package in (domain, adapters):
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in module.name:
                import_module(module.name)


def rules() -> str:
    """Return the table of the rules of the desk."""
    load_everything()
    rows = [
        f"| `{problems.code_of(rule)}` | `{RULES.get(rule, Kind.CONFLICT).uri.rpartition(':')[2]}` | {said} |"
        for rule in sorted(rules_of_the_desk(), key=problems.code_of)
        if (said := " ".join((rule.__doc__ or "").split()))
    ]
    return "\n".join(["| rule | type | what is said |", "| --- | --- | --- |", *rows])


def rules_of_the_desk(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith(("domain.", "adapters.")):
            yield each
            yield from rules_of_the_desk(each)


def with_tables(text: str) -> str:
    """Return the page of errors with both tables as the code has them."""
    for name, table in (("kinds", kinds()), ("rules", rules())):
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n{table}\n{end}{after}"
    return text


if __name__ == "__main__":
    ERRORS.write_text(with_tables(ERRORS.read_text("utf-8")), "utf-8")
    EXAMPLES.write_text(examples(), "utf-8")
    OPENAPI.write_text(openapi(), "utf-8")
