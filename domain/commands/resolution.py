"""What is asked at the end, and after it."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from domain.commands.command import Command, Either, Parts
from domain.complaint import Complaint
from domain.complaint.approval import Answer
from domain.complaint.codes import Outcome, Point, ResponseType
from domain.complaint.redress import RedressWish
from domain.kernel import Context
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText
from domain.written import Stated

MANY = 50

Points: TypeAlias = Annotated[tuple[Point, ...], Field(max_length=MANY)]
Codes: TypeAlias = Annotated[tuple[Code, ...], Field(max_length=MANY)]
Granted: TypeAlias = Annotated[tuple[RedressWish, ...], Field(max_length=MANY)]


class Answering(Command):
    """An answer to the complaint, as it is proposed and as it is sent.

    Without ``points`` all those are answered on which there is a finding.
    """

    outcome: Outcome
    reasons: PersonalText
    redress: Granted | None = None
    points: Points | None = None
    precedents: Codes | None = None
    root_cause: Code | None = None

    @property
    def recalls(self) -> bool:
        """The same answer again is no news, whenever it was given."""
        return True

    @property
    def answer(self) -> Answer:
        """The answer alone."""
        return Answer(self.outcome, self.reasons, self.redress, self.points, self.precedents, self.root_cause)


class ProposeResolution(Answering):
    """Propose how to answer the complaint; another person approves it or returns it."""

    NAME = "propose-resolution"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.propose_resolution(self.answer, by, rules, occurred_at=self.occurred_at)


class ApproveResolution(Command):
    """Approve the resolution that somebody else proposed."""

    NAME = "approve-resolution"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.approve_resolution(by, rules, occurred_at=self.occurred_at)


class ReturnResolution(Command):
    """Return the resolution that somebody else proposed, with the reason."""

    NAME = "return-resolution"

    reason: PersonalText

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.return_resolution(self.reason, by, rules, occurred_at=self.occurred_at)


class Resolve(Answering):
    """Record that the decision was sent by other means at ``sent_at`` (default: now).

    Where the policy wants it, the same answer has to be approved before; what is left out then is
    as it was approved.
    """

    NAME = "resolve"

    sent_at: Stated | None = None
    parts: Parts = ()
    response_type: ResponseType | None = None
    remedies_named: Codes = ()
    waiver: Code | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.resolve(
            self.answer,
            by,
            rules,
            parts=self.parts,
            response_type=self.response_type,
            remedies_named=self.remedies_named,
            waiver=self.waiver,
            occurred_at=self.sent_at or self.occurred_at,
        )


class PayRedress(Command):
    """Record that the redress of a number was paid at ``paid_at`` (default: now)."""

    NAME = "pay-redress"

    redress: Annotated[int, Field(ge=1, le=999_999)]
    paid_at: Stated | None = None
    reference: PersonalText | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        paid_at = self.paid_at or self.occurred_at
        complaint.pay_redress(self.redress, by, rules, paid_at=paid_at, reference=self.reference)


class Accept(Command):
    """Record that the complainant accepted the answer."""

    NAME = "accept"

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.accept(by, rules, occurred_at=self.occurred_at)


class Close(Command):
    """Close the case: a complaint whose decision was sent, or any ticket."""

    NAME = "close"

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.close(by, rules, occurred_at=self.occurred_at)


class Reopen(Command):
    """Take a case up again that was decided, solved or ended."""

    NAME = "reopen"

    reason: PersonalText

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.reopen(self.reason, by, rules, occurred_at=self.occurred_at)


class Withdraw(Command):
    """Record that the complainant does not pursue the complaint."""

    NAME = "withdraw"

    reason: PersonalText

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.withdraw(self.reason, by, rules, occurred_at=self.occurred_at)
