"""What a detector says it has found: of what kind, where, and whether it is refused."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a piece of text is, that opens something or concerns somebody too closely."""

    SEED_PHRASE = "seed_phrase"
    PRIVATE_KEY = "private_key"
    EXTENDED_KEY = "extended_key"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    CODE = "code"
    CARD_NUMBER = "card_number"
    TAX_NUMBER = "tax_number"
    IBAN = "iban"

    @property
    def refused(self) -> bool:
        """Whether it is never kept; an IBAN is, since a refund needs one, and is only told of."""
        return self is not Kind.IBAN


class Finding(NamedTuple):
    """That *kind* stands in a text from *start* up to *end*."""

    kind: Kind
    start: int
    end: int

    @property
    def refused(self) -> bool:
        """Whether a text with this in it is refused."""
        return self.kind.refused
