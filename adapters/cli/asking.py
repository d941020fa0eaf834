"""How a verb asks something of the directory: the order is checked as over the API, and told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from adapters.cli.output import WRONG_USAGE, fail

if TYPE_CHECKING:
    from domain.directory.orders import Order

O = TypeVar("O", bound="Order")  # noqa: E741 - an order
ACTOR = "system:cli"


def ordered(kind: type[O], **facts: Any) -> O:
    """Return the order with *facts*; what was left out is left out.  A wrong option ends the verb."""
    from pydantic import ValidationError

    given = {name: value for name, value in facts.items() if value is not None}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        wrong = sorted({str(each["loc"][0]) if each["loc"] else "options" for each in error.errors()})
        fail(f"Wrong value for {', '.join(wrong)}; see --help for what is taken.", WRONG_USAGE)
