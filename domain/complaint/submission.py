"""What a complainant hands in, checked before anything is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.complaint.codes import Channel, CountryCode
from domain.complaint.events import Received
from domain.complaint.register import (
    Complainant,
    ComplainantType,
    Dealings,
    Mandate,
    ProblemTime,
    Provenance,
    Source,
    Vulnerability,
)
from domain.kernel import Instant, Value
from domain.policies import Scope
from domain.privacy import Code, PersonalLine, PersonalText

DEFAULT_TEAM = "complaints"
DEFAULT_SERVICE = "crypto_assets"
WORDS: Mapping[str, str] = {
    "sent": "sent_at",
    "first_dissatisfaction": "first_dissatisfaction_at",
    "sent_to_company": "sent_to_company_at",
    "received": "received_at",
    "registered": "registered_at",
}
"""The instants of a receipt: the word that a policy starts with, and the field."""


class Dated(Protocol):
    """What says when a complaint was sent, and when somebody of the firm first heard of it."""

    @property
    def sent_at(self) -> datetime | None: ...
    @property
    def first_dissatisfaction_at(self) -> datetime | None: ...
    @property
    def sent_to_company_at(self) -> datetime | None: ...


def after_receipt(told: Dated, received_at: datetime) -> tuple[str, ...]:
    """Return the instants of *told* that lie after the receipt, before which each of them must come."""
    before = {
        "sent_at": told.sent_at,
        "first_dissatisfaction_at": told.first_dissatisfaction_at,
        "sent_to_company_at": told.sent_to_company_at,
    }
    return tuple(name for name, at in before.items() if at is not None and at > received_at)


class Submission(Value):
    """The facts of a receipt, whichever way it came: form, API, import.

    An imported case may lack what its register never had; a form may not.
    """

    form: Code = "complaint"
    form_version: Code = "1"
    privacy_notice: Code = "1"
    channel: Channel = "web"
    language: Code = "en"
    team: Code = DEFAULT_TEAM
    legal_entity: Code = "main"
    service: Code | None = DEFAULT_SERVICE
    client_kind: Code | None = None
    category: Code
    account_email: PersonalLine | None = None
    account_id: PersonalLine | None = None
    no_account: bool = False
    full_name: PersonalLine | None = None
    country: CountryCode | None = None
    details: PersonalText | None = None
    related_tickets: tuple[PersonalLine, ...] = ()
    people_involved: tuple[PersonalLine, ...] = ()
    desired_outcome: PersonalText | None = None
    problem_at: ProblemTime | None = None
    sent_at: Instant | None = None
    first_dissatisfaction_at: Instant | None = None
    sent_to_company_at: Instant | None = None
    registered_at: Instant | None = None
    source: Source | None = None
    complainant_type: ComplainantType | None = None
    eligible: bool | None = None
    complainant: Complainant | None = None
    dealings: Dealings | None = None
    provenance: Provenance | None = None
    evidence_note: PersonalText | None = None
    registered_by: Code | None = None
    origin: UUID | None = None
    representative: Mandate | None = None
    vulnerability: Vulnerability | None = None

    @property
    def scope(self) -> Scope:
        """The declared facts from which the regimes follow."""
        return Scope(
            country=self.country,
            service=self.service,
            client_kind=self.client_kind,
            channel=self.channel,
            legal_entity=self.legal_entity,
        )

    def facts(self) -> dict[str, Any]:
        """Return the fields as the event records them; two are recorded by events of their own."""
        recorded = {**vars(self), "source": None if self.source is None else {**vars(self.source)}}
        del recorded["representative"], recorded["vulnerability"]
        return recorded

    def instants(self, received_at: datetime) -> Iterator[tuple[str, datetime]]:
        """Yield each instant of the receipt as the word that a policy starts with, in order of time."""
        yield from sorted(words_of(self, received_at).items(), key=lambda each: each[1])


def words_of(receipt: Submission | Received, received_at: datetime) -> dict[str, datetime]:
    """Return the instants of *receipt* that are known, by the word that a policy starts with."""
    # Asked for an attribute that it lacks, a model looks for it at length.
    instants = {**vars(receipt), "received_at": received_at}
    return {word: instants[name] for word, name in WORDS.items() if instants[name] is not None}
