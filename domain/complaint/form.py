"""The complaint form as it is sent, by API or page: what is asked, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from domain.complaint.addresses import Email
from domain.complaint.codes import CATEGORIES, Channel, Moment
from domain.complaint.register import (
    Complainant,
    ComplainantType,
    Dealings,
    Mandate,
    ProblemTime,
    Provenance,
    Vulnerability,
)
from domain.complaint.submission import Submission, after_receipt
from domain.countries import COUNTRIES
from domain.kernel import Value
from domain.language_tags import LONGEST, WELL_FORMED, language_tag
from domain.privacy import Code, Personal, PersonalLine, PersonalText, Public
from domain.written import Stated, countable

APART = frozenset({"occurred_at", "legal_entity", "privacy_notice", "received_at"})
"""Fields that a submission records otherwise, or not at all."""
EASTERNMOST = timedelta(hours=14)
"""How far the first place on Earth is ahead of UTC: a day begins there first (IANA, Pacific/Kiritimati)."""
MANY = 20
"""Related tickets, and people involved, that one form can name."""


def _country(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("Give the country as its ISO 3166-1 code of two capital letters, such as FR.")
    return code


def _category(code: str) -> str:
    if code not in CATEGORIES:
        raise ValueError(f"Give one of the categories: {', '.join(CATEGORIES)}.")
    return code


def _bounds(moment: str) -> tuple[datetime, datetime]:
    """Return the first and the last instant of an instant, a date or a month, dates in UTC."""
    try:
        if "T" in moment:
            at = countable(datetime.fromisoformat(moment).astimezone(UTC))
            return at, at
        whole = moment if len(moment) == len("2026-05-22") else f"{moment}-01"
        first = countable(date.fromisoformat(whole))
        after = first + timedelta(days=1)
        if len(moment) == len("2026-05"):
            after = (first + timedelta(days=31)).replace(day=1)
        start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, after))
    except (ValueError, OverflowError):
        raise ValueError(
            "Give an instant with offset, a date or a month: 2026-05-22T14:30:00+02:00, 2026-05-22, 2026-05."
        ) from None
    return start, end - timedelta(microseconds=1)


def _moment(text: str) -> str:
    _bounds(text)
    return text


class Span(Value):
    """From when to when (inclusive) it happened; one moment has no ``to``."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: Annotated[Moment, AfterValidator(_moment)] = Field(alias="from")
    to: Annotated[Moment, AfterValidator(_moment)] | None = None

    @model_validator(mode="after")
    def _forwards(self) -> Span:
        if self.to is not None and _bounds(self.to)[1] < _bounds(self.from_)[0]:
            raise ValueError("What began cannot have ended before; exchange from and to.")
        return self

    @property
    def begins(self) -> datetime:
        """The earliest instant meant."""
        return _bounds(self.from_)[0]

    def latest(self, now: datetime) -> datetime:
        """Return when it may begin at the latest: *now*, and a day that somewhere on Earth is today."""
        return now if "T" in self.from_ else now + EASTERNMOST


def _span(given: object) -> object:
    return {"from": given} if isinstance(given, str) else given


MOMENT_SCHEMA: dict[str, object] = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}(-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:\d{2}))?)?$",
}
Estimate: TypeAlias = Annotated[
    Span,
    BeforeValidator(_span),
    WithJsonSchema(
        {
            "description": "When it happened, as well as is known: an instant, a date, a month, a span.",
            "anyOf": [
                MOMENT_SCHEMA,
                {
                    "type": "object",
                    "properties": {"from": MOMENT_SCHEMA, "to": MOMENT_SCHEMA},
                    "required": ["from"],
                    "additionalProperties": False,
                },
            ],
        }
    ),
]
Label: TypeAlias = Annotated[str, Public(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
AccountId: TypeAlias = Annotated[
    str, Personal(), StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{2,62}[A-Za-z0-9]$")
]
Country: TypeAlias = Annotated[
    Code, AfterValidator(_country), WithJsonSchema({"type": "string", "enum": sorted(COUNTRIES)})
]
Category: TypeAlias = Annotated[
    Code, AfterValidator(_category), WithJsonSchema({"type": "string", "enum": list(CATEGORIES)})
]
Language: TypeAlias = Annotated[
    str,
    Public(),
    AfterValidator(language_tag),
    WithJsonSchema({"type": "string", "pattern": WELL_FORMED, "maxLength": LONGEST}),
]


class ComplaintForm(Value):
    """A complaint in the complainant's words."""

    account_email: Email
    no_account: bool = False
    account_id: AccountId | None = Field(default=None, validate_default=True)
    full_name: PersonalLine
    country: Country
    category: Category
    details: PersonalText
    related_tickets: Annotated[tuple[PersonalLine, ...], Field(max_length=MANY)] = ()
    occurred_at: Estimate | None = None
    people_involved: Annotated[tuple[PersonalLine, ...], Field(max_length=MANY)] = ()
    desired_outcome: PersonalText | None = None
    language: Language
    sent_at: Stated | None = None
    channel: Channel = "web"
    legal_entity: Label | None = None
    privacy_notice: Label | None = None

    @field_validator("account_id")
    @classmethod
    def _account_is_clear(cls, account_id: str | None, info: ValidationInfo) -> str | None:
        if "no_account" in info.data and info.data["no_account"] == (account_id is not None):
            raise ValueError("Give the account id, or say with no_account that there is none, not both.")
        return account_id

    def in_the_future(self, now: datetime) -> Iterator[str]:
        """Yield the fields that name an instant beyond *now*, which none may."""
        if self.occurred_at is not None and self.occurred_at.begins > self.occurred_at.latest(now):
            yield "occurred_at"
        if self.sent_at is not None and self.sent_at > now:
            yield "sent_at"

    def submission(
        self, *, legal_entity_default: str, form_version: str, privacy_notice_default: str = "1"
    ) -> Submission:
        """Return what the complaint records of this form; the defaults are what is in force."""
        said = {name: fact for name, fact in self if name not in APART and fact is not None}
        when = self.occurred_at
        return Submission(
            **said,
            form_version=form_version,
            privacy_notice=self.privacy_notice or privacy_notice_default,
            legal_entity=self.legal_entity or legal_entity_default,
            problem_at=None if when is None else ProblemTime(start=when.from_, end=when.to),
        )

    def disordered(self, now: datetime) -> tuple[str, ...]:
        """Return the instants that would come after the receipt, and cannot have; it is received *now*."""
        del now
        return ()


class Intake(ComplaintForm):
    """A complaint as somebody of the desk takes it down: by phone, from a letter, at a counter.

    Beyond the form it says when the complaint came, how that is known, and what registers ask for.
    """

    # A letter need not name an address; the form, which is answered by e-mail, does.
    account_email: Email | None = None  # pyright: ignore[reportIncompatibleVariableOverride] - it is frozen
    received_at: Stated | None = None
    first_dissatisfaction_at: Stated | None = None
    sent_to_company_at: Stated | None = None
    service: Code | None = None
    client_kind: Code | None = None
    complainant_type: ComplainantType | None = None
    eligible: bool | None = None
    complainant: Complainant | None = None
    dealings: Dealings | None = None
    provenance: Provenance | None = None
    evidence_note: PersonalText | None = None
    representative: Mandate | None = None
    vulnerability: Vulnerability | None = None

    def in_the_future(self, now: datetime) -> Iterator[str]:
        """Yield the fields that name an instant beyond *now*, which none may."""
        yield from super().in_the_future(now)
        for name in ("received_at", "first_dissatisfaction_at", "sent_to_company_at"):
            at: datetime | None = getattr(self, name)
            if at is not None and at > now:
                yield name

    def disordered(self, now: datetime) -> tuple[str, ...]:
        """Return the instants that would come after the receipt, and cannot have; by default it is *now*."""
        return after_receipt(self, self.received_at or now)
