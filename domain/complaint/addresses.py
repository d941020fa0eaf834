"""Where somebody is reached: addresses as registers of complaints ask for them."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from domain.complaint.codes import CountryCode
from domain.kernel import Value
from domain.privacy import PersonalLine

EMAIL = re.compile(
    r"[^\s@<>()\[\],;:\"\\]{1,64}@(?=.{4,253}$)([^\s@.<>()\[\],;:\"\\]{1,63}\.)+[^\s@.\d][^\s@.]{1,62}"
)


def _email(text: str) -> str:
    if not EMAIL.fullmatch(text):
        raise ValueError("Give an e-mail address such as name@example.org.")
    return text


Email: TypeAlias = Annotated[
    PersonalLine, AfterValidator(_email), Field(json_schema_extra={"format": "email"})
]


class Address(Value):
    """A postal address (Delegated Regulation (EU) 2025/294, annex, 1.a)."""

    street: PersonalLine | None = None
    """With number and floor."""
    postcode: PersonalLine | None = None
    city: PersonalLine | None = None
    state: PersonalLine | None = None
    country: CountryCode | None = None


class Contact(Value):
    """How somebody is reached where that is not how they are registered (ibid., 1.b)."""

    name: PersonalLine | None = None
    address: Address | None = None
    telephone: PersonalLine | None = None
    email: Email | None = None
