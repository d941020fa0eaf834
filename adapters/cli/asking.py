"""How a verb asks something of the directory: the order is checked as over the API, and told in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, TypeVar

from adapters.cli.output import WRONG_USAGE, fail

if TYPE_CHECKING:
    from domain.directory.orders import Order

O = TypeVar("O", bound="Order")  # noqa: E741 - an order
ACTOR = "system:cli"
LISTS = frozenset({"teams", "legal_entities", "skills", "languages"})
"""What is never missing and may be empty."""


def chosen(**switches: bool) -> tuple[str, ...]:
    """Return the names of the *switches* that are on."""
    return tuple(name for name, on in switches.items() if on)


def ordered(kind: type[O], *, without: Collection[str] = (), **facts: Any) -> O:
    """Return the order with *facts*; what was left out is left out.  A wrong option ends the verb.

    What is named in *without* is to be taken away: a list is left empty.
    """
    from pydantic import ValidationError

    given = {name: value for name, value in facts.items() if value is not None}
    if both := sorted(given.keys() & set(without)):
        fail(f"{', '.join(both)}: either give a value or take it away, not both.", WRONG_USAGE)
    given |= {name: () if name in LISTS else None for name in without}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = sorted({str(each["loc"][0]) if each["loc"] else "options" for each in error.errors()})
        fail(f"Wrong value for {', '.join(wrong)}; see --help for what is taken.", WRONG_USAGE)
