"""What a register of complaints keeps of a receipt, beyond what the form asks the complainant.

The fields are those of Delegated Regulation (EU) 2025/294, annex, and of the registers that
other supervisors prescribe.  What concerns a person stands in a group that is sealed as one.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from domain.complaint.addresses import Address, Contact, Email
from domain.complaint.codes import Moment
from domain.kernel import Value
from domain.privacy import Code, Kept, Personal, PersonalLine, PersonalText, PublicText

MOST_HASHES = 50
"""Wallets, and transactions, that one complaint can name."""
ComplainantType: TypeAlias = Literal[
    "individual", "business", "association", "prospect", "former_client", "heir", "interested_party"
]
DateEvidence: TypeAlias = Literal[
    "postmark", "email_header", "receipt_stamp", "call_record", "platform_log", "other"
]
"""By what it is known when a complaint was sent or received."""
Inadmissibility: TypeAlias = Literal[
    "not_a_complaint", "not_eligible", "out_of_scope", "no_evidence", "abusive", "other"
]
VulnerabilityDriver: TypeAlias = Literal["health", "life_event", "resilience", "capability"]
"""The four drivers of vulnerability (FCA FG21/1)."""


def _lei(text: str) -> str:
    if int("".join(str(int(each, 36)) for each in text)) % 97 != 1:
        raise ValueError("This is no legal entity identifier: its check digits do not fit.")
    return text


LegalEntityIdentifier: TypeAlias = Annotated[
    str, Personal(), StringConstraints(pattern=r"^[A-Z0-9]{18}[0-9]{2}$"), AfterValidator(_lei)
]
"""Twenty characters, the last two of them check digits (ISO 17442)."""
Hashes: TypeAlias = Annotated[tuple[PersonalLine, ...], Field(max_length=MOST_HASHES)]


class ProblemTime(Value):
    """When the problem occurred, as precisely as the complainant could say.

    ``start`` and ``end`` (inclusive) are ISO 8601: an instant, a date or a month.
    """

    start: Moment
    end: Moment | None = None


class Register(Value):
    """Where an imported case comes from, and what its source says of no person."""

    system: Code
    id: Code
    attributes: dict[Code, PublicText] = Field(default_factory=dict)


class Source(Register):
    """Where an imported case comes from, and what its source says beyond our own words."""

    personal: dict[Code, PersonalText] = Field(default_factory=dict)


class KeptSource(Register):
    """The source of an imported case as it is kept."""

    personal: Kept[dict[Code, PersonalText]] = Field(default_factory=dict)


class Complainant(Value):
    """Who complains, beyond name, account and country (annex, 1.a and 1.b)."""

    client_reference: PersonalLine | None = None
    registration_number: PersonalLine | None = None
    """The EUID of a company, or its national number."""
    lei: LegalEntityIdentifier | None = None
    address: Address | None = None
    telephone: PersonalLine | None = None
    contact: Contact | None = None


class Dealings(Value):
    """What the complaint is about: service, transactions, damage (annex, 3.a and 3.d)."""

    service_reference: PersonalLine | None = None
    agreement_reference: PersonalLine | None = None
    transaction_reference: PersonalLine | None = None
    wallets: Hashes = ()
    transactions: Hashes = ()
    damage: PersonalText | None = None
    other_comments: PersonalText | None = None


class Provenance(Value):
    """By which part of the firm the complaint came in; nothing in it concerns a person."""

    brand: Code | None = None
    branch: Code | None = None
    licence: Code | None = None
    first_contact_point: Code | None = None
    """The department that heard of it first."""
    evidence_of_date: DateEvidence | None = None


class Representative(Value):
    """Who speaks for the complainant, and by what power (annex, 2.a and 2.b)."""

    name: PersonalLine
    registration_number: PersonalLine | None = None
    lei: LegalEntityIdentifier | None = None
    address: Address | None = None
    telephone: PersonalLine | None = None
    email: Email | None = None
    contact: Contact | None = None
    power_of_attorney: PersonalLine
    """The reference of the document."""


class Mandate(Representative):
    """A representative as they are named; whether they are paid concerns nobody."""

    paid: bool | None = None

    @property
    def representative(self) -> Representative:
        """What of it concerns a person."""
        return Representative.model_validate(self.model_dump(exclude={"paid"}))


class Vulnerability(Value):
    """That a complainant needs special care, and how that is known."""

    how_known: PersonalText
    driver: VulnerabilityDriver | None = None
    about_failure: bool = False
    """Whether the complaint is that this care was lacking."""
