"""What is asked beside the line of a complaint's life, of an ended one too."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self, TypeAlias, cast, get_args
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationInfo, field_validator, model_validator

from domain.commands.command import Command, Either
from domain.complaint import Complaint
from domain.complaint.codes import Channel, HoldKind, Score
from domain.complaint.corrected import InstantField, PersonalField, PublicField
from domain.complaint.form import AccountId, Country, Email
from domain.kernel import Context
from domain.policies import Rulebook
from domain.privacy import Code, PersonalLine, PersonalText
from domain.written import Stated

WhatIsWrong: TypeAlias = InstantField | PublicField | PersonalField | Literal["event"]
VALUES: dict[str, TypeAdapter[Any]] = {
    **{name: TypeAdapter(Stated) for name in get_args(InstantField)},
    "category": TypeAdapter(Code),
    "channel": TypeAdapter(Channel),
    "service": TypeAdapter(Code),
    "client_kind": TypeAdapter(Code),
    "country": TypeAdapter(Country),
    "full_name": TypeAdapter(PersonalLine),
    "account_email": TypeAdapter(Email),
    "account_id": TypeAdapter(AccountId),
}
"""What a corrected value has to be, by what is corrected."""


class NamePersonComplainedOf(Command):
    """Record that a member of the staff is complained of, who then does not handle the case."""

    NAME = "name-person-complained-of"

    PASSES_ON = True

    user: Code

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.name_person_complained_of(self.user, by, rules, occurred_at=self.occurred_at)


class ReferExternally(Command):
    """Record that the complaint was referred to a body outside the firm at ``referred_at``."""

    NAME = "refer-externally"

    body: Code
    reference: PersonalText | None = None
    referred_at: Stated | None = None
    deadline: Stated | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.refer_externally(
            self.body,
            by,
            rules,
            reference=self.reference,
            deadline=self.deadline,
            occurred_at=self.referred_at or self.occurred_at,
        )


class RecordExternalOutcome(Command):
    """Record what a body outside the firm answered."""

    NAME = "record-external-outcome"

    body: Code
    outcome: Code
    reasons: PersonalText | None = None
    binding: bool | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.record_external_outcome(
            self.body,
            self.outcome,
            by,
            rules,
            reasons=self.reasons,
            binding=self.binding,
            occurred_at=self.occurred_at,
        )


class Correct(Command):
    """Correct a mistake in the record: what the receipt says, or an event that was recorded in error.

    ``what`` names a field of the receipt and ``value`` what is true; or it is ``event``, with the
    ``version`` of that event in the history, and the id of the case ``other`` that it belongs to.
    """

    NAME = "correct"
    PASSES_ON = True

    what: WhatIsWrong
    value: PersonalText | None = None
    version: Annotated[int, Field(ge=1, le=999_999_999)] | None = None
    other: UUID | None = None
    reason: PersonalText

    @property
    def recalls(self) -> bool:
        """What was recorded before stands beside what is true."""
        return True

    @field_validator("value")
    @classmethod
    def _fits_what_is_corrected(cls, value: str | None, info: ValidationInfo) -> str | None:
        what = info.data.get("what")
        if value is not None and what in VALUES:
            VALUES[what].validate_python(value)
        return value

    @model_validator(mode="after")
    def _says_what_is_true(self) -> Self:
        if self.what == "event":
            if self.version is None or self.value is not None:
                raise ValueError("Name the event by its version in the history, and give no value.")
        elif self.value is None or self.version is not None or self.other is not None:
            raise ValueError("Give the value that is true, and neither version nor other.")
        return self

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        if self.what == "event":
            complaint.mark_in_error(self.version or 0, self.reason, by, rules, other=self.other)
            return
        value = VALUES[self.what].validate_python(self.value)
        if isinstance(value, datetime):
            what = cast("InstantField", self.what)
            complaint.correct_instant(what, value, self.reason, by, rules)
        else:
            field = cast("PublicField | PersonalField", self.what)
            complaint.correct_fact(field, value, self.reason, by, rules)


class Rate(Command):
    """Record how the complainant rates the way in which the complaint was handled, from 1 to 5."""

    NAME = "rate"

    score: Score
    comment: PersonalText | None = None

    @property
    def recalls(self) -> bool:
        """The same rating again is no news."""
        return self.comment is not None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.rate(self.score, by, rules, comment=self.comment, occurred_at=self.occurred_at)


class PlaceHold(Command):
    """Keep the record of the case for a dispute or an authority, whatever else would let it go."""

    NAME = "place-hold"

    PASSES_ON = True

    kind: HoldKind
    reason: PersonalText

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.place_hold(self.kind, self.reason, by, rules, occurred_at=self.occurred_at)


class LiftHold(Command):
    """Lift the hold of a kind, or every hold of the case and of those that go on in it."""

    NAME = "lift-hold"
    PASSES_ON = REACHES_WITHIN = True

    reason: PersonalText
    kind: HoldKind | None = None

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.lift_hold(self.reason, by, rules, kind=self.kind, occurred_at=self.occurred_at)
