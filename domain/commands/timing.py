"""What is asked about clocks: by people who answer for it, and by the scheduler."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from domain.clocks import ExcuseCode
from domain.commands.command import Command, Parts
from domain.complaint import Complaint
from domain.kernel import Context, Instant
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText
from domain.written import Stated


class PauseClock(Command):
    """Let one clock stand still, where its term is pausable."""

    NAME = "pause-clock"

    clock: UUID
    reason: PersonalText

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.pause_clock(self.clock, self.reason, by, rules, occurred_at=self.occurred_at)


class ResumeClock(Command):
    """Let a clock that stands still run again."""

    NAME = "resume-clock"

    clock: UUID

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.resume_clock(self.clock, by, rules, occurred_at=self.occurred_at)


class Retarget(Command):
    """Move an open clock, or all of them, to other versions of their rules or to a corrected start.

    Without ``version``, ``calendar_version`` and ``started_at`` they move to what is current.
    """

    NAME = "retarget"

    clock: UUID | None = None
    cause: Code
    reason: PersonalText | None = None
    version: Code | None = None
    calendar_version: Code | None = None
    started_at: Stated | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.retarget(
            self.cause,
            by,
            rules,
            id=self.clock,
            reason=self.reason,
            version=self.version,
            calendar_version=self.calendar_version,
            started_at=self.started_at,
            occurred_at=self.occurred_at,
        )


class Extend(Command):
    """Extend a clock by its term's notice, where that notice is recorded elsewhere."""

    NAME = "extend"

    clock: UUID
    parts: Parts = ()

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.extend(self.clock, self.parts, by, rules, occurred_at=self.occurred_at)


class ExcuseMiss(Command):
    """Propose to excuse a miss, or agree with somebody else who did."""

    NAME = "excuse-miss"

    clock: UUID
    reason_code: ExcuseCode
    reason: PersonalText | None = None

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        del rules
        complaint.excuse_miss(
            self.clock, self.reason_code, by, reason=self.reason, occurred_at=self.occurred_at
        )


class NoticeMisses(Command):
    """Record what has fallen due by now; the scheduler asks this, nobody else."""

    NAME = "notice-misses"

    now: Annotated[Instant, Field(description="the instant to judge by")]

    def carry_out(self, complaint: Complaint, by: Context, rules: Rulebook, /) -> None:
        """Ask *complaint*; it records, refuses or ignores."""
        complaint.notice_misses(self.now, by, rules)
