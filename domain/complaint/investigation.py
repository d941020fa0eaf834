"""How a complaint is looked into: questions, updates, escalation, notes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from domain.complaint import events as e
from domain.complaint.findings import Findings
from domain.complaint.state import Stage

if TYPE_CHECKING:
    from domain.kernel import Context, Event
    from domain.policies import Rulebook

UpdateKind: TypeAlias = Literal["update", "delay_notice", "holding_reply"]

LETTERS: dict[UpdateKind, type[Event]] = {
    "update": e.UpdateSent,
    "delay_notice": e.DelayNoticeSent,
    "holding_reply": e.HoldingReplySent,
}


class Investigation(Findings):
    """The commands of the days between receipt and decision."""

    def investigate(self, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None) -> None:
        """Start the investigation; one that runs is no news."""
        if self.status is Stage.INVESTIGATING:
            return
        self._refuse_unless_undecided()
        self._tell(e.InvestigationStarted, by, rules, self._when(occurred_at, by))

    def request_information(
        self, text: str, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that the complainant was asked for information; pausable clocks stand still."""
        if self._told(e.InformationRequested, occurred_at, text):
            return
        self._refuse_unless_undecided()
        self._tell(e.InformationRequested, by, rules, self._when(occurred_at, by), text=text)

    def supply_information(
        self, text: str | None, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record what the complainant supplied, asked or unasked; paused clocks run again.

        That something came which nobody waits for is no news unless it says what.
        """
        if self._told(e.InformationSupplied, occurred_at, text):
            return
        self._refuse_if_ended()
        if text is None and not self.awaiting_information:
            return
        self._tell(e.InformationSupplied, by, rules, self._when(occurred_at, by), text=text)

    def complete_investigation(
        self, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that the investigation is complete; until a reopening, once is enough."""
        if self.investigated:
            return
        self._refuse_unless_investigating()
        self._tell(e.InvestigationCompleted, by, rules, self._when(occurred_at, by))

    def send_update(
        self,
        text: str,
        by: Context,
        rules: Rulebook,
        *,
        kind: UpdateKind = "update",
        parts: tuple[str, ...] = (),
        occurred_at: datetime | None = None,
    ) -> None:
        """Record that the complainant was told where the complaint stands.

        A delay notice or a holding reply that has its required *parts* extends the
        clocks whose terms provide for it.
        """
        letter = LETTERS[kind]
        if self._told(letter, occurred_at, text):
            return
        self._refuse_unless_undecided()
        self._tell(letter, by, rules, self._when(occurred_at, by), parts=parts, text=text)

    def escalate(
        self,
        reason: str,
        by: Context,
        rules: Rulebook,
        *,
        level: int = 1,
        occurred_at: datetime | None = None,
    ) -> None:
        """Raise the complaint to *level* (1 to 3); a level it has reached is no news."""
        if level <= self.level:
            return
        self._refuse_if_ended()
        at = self._when(occurred_at, by)
        self._tell(e.Escalated, by, rules, at, reason=reason, level=level)

    def de_escalate(self, by: Context, rules: Rulebook, *, occurred_at: datetime | None = None) -> None:
        """Bring the complaint back to the usual level, where it may be already."""
        if self.level == 0:
            return
        self._refuse_if_ended()
        self._tell(e.DeEscalated, by, rules, self._when(occurred_at, by))

    def note(
        self,
        text: str,
        by: Context,
        rules: Rulebook,
        *,
        visibility: e.Visibility = "internal",
        occurred_at: datetime | None = None,
    ) -> None:
        """Write a note, on an ended case too; the same note told twice is one note."""
        if self._told(e.Noted, occurred_at, text):
            return
        self._refuse_unless_received()
        at = self._when(occurred_at, by)
        self._tell(e.Noted, by, rules, at, text=text, visibility=visibility)
