"""The edge: personal values opened for a reader, as far as they can be."""

from __future__ import annotations

from typing import Any, TypeVar, cast
from uuid import UUID

import structlog
from pydantic import BaseModel, TypeAdapter
from pydantic_core import from_json

from adapters.vault.errors import SealBroken, VaultAway
from adapters.vault.fields import exchanged, fields_of, values_of
from adapters.vault.vault import Vault
from domain.kernel import Event
from domain.privacy import ERASED, Sealed, Withheld, shown

E = TypeVar("E", bound=Event)
M = TypeVar("M", bound=BaseModel)
ANYTHING: TypeAdapter[Any] = TypeAdapter(object)
PLAIN = frozenset({str, int, bool})
"""What JSON is mostly made of, and holds nothing within."""

log = structlog.get_logger()


class Showing:
    """Opens values for readers; what cannot be opened now stays sealed, what has no key left is Erased."""

    def __init__(self, vault: Vault) -> None:
        self.vault = vault

    def event(self, event: E) -> E:
        """Return *event* with its personal values as its reader gets them."""
        return self.row(event, event.originator_id)

    def row(self, row: M, case: UUID) -> M:
        """Return *row* of *case* with its personal values as its reader gets them."""
        clear = fields_of(type(row))
        opened = {
            path: self._value(value, case, clear[path])
            for path, value in values_of(row)
            if isinstance(value, Sealed)
        }
        return exchanged(row, opened)

    def document(self, value: object, case: UUID) -> Any:
        """Return JSON that is kept of *case* as its reader gets it: what cannot be shown is withheld."""
        if isinstance(value, list):
            return [self.document(each, case) for each in cast("list[object]", value)]
        if not isinstance(value, dict):
            return value
        facts = cast("dict[str, object]", value)
        if len(facts) == 1:
            match facts:
                case {"sealed": str(text)}:
                    found = shown(self._value(Sealed(sealed=text), case, ANYTHING))
                    return found.model_dump() if isinstance(found, Withheld) else found
                case {"erased": True}:
                    return Withheld(withheld="erased").model_dump()
                case _:
                    pass
        # Most of what is kept are texts and numbers, or empty: no call each to ask what they are.
        return {
            name: self.document(each, case) if each and type(each) not in PLAIN else each
            for name, each in facts.items()
        }

    def _value(self, value: Sealed, case: UUID, clear: TypeAdapter[Any]) -> Any:
        try:
            found = self.vault.open(value, case)
            return ERASED if found is None else clear.validate_python(from_json(found))
        except VaultAway as error:
            log.warning("personal_data_withheld", case_id=str(case), error=type(error).__name__)
        except (SealBroken, ValueError):
            log.error("sealed_value_broken", case_id=str(case))  # noqa: TRY400 - a traceback may quote a person
        return value
