"""What is said to the customer and asked of them between opening and answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from domain import errors
from domain.kernel import upon
from domain.ticket import events as e
from domain.ticket import talk_events as talk
from domain.ticket.state import State

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook
    from domain.ticket.state import Words


class Conversation(State):
    """The commands by which the desk and the customer speak to one another."""

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.acknowledged = False
        self.questions = 0
        """How many questions of the last follow-up wait for an answer."""

    @upon(talk.Acknowledged)
    def _know_acknowledged(self, event: talk.Acknowledged) -> None:
        del event
        self.acknowledged = True

    @upon(talk.Replied)
    def _keep_reply(self, event: talk.Replied) -> None:
        self.acknowledged = True
        self._remember(event, event.text)

    @upon(talk.FollowUpAsked)
    def _keep_questions(self, event: talk.FollowUpAsked) -> None:
        self.questions = event.number

    @upon(e.Solved)
    def _answer(self, event: e.Solved) -> None:
        self.acknowledged = self.acknowledged or event.text is not None
        self.questions = 0

    @upon(e.Closed, e.Promoted)
    def _ask_no_more(self, event: e.Closed | e.Promoted) -> None:
        del event
        self.questions = 0

    @upon(e.InformationSupplied)
    def _hear_answers(self, event: e.InformationSupplied) -> None:
        if event.answers is not None:
            self.questions = 0

    def acknowledge(
        self,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        parts: tuple[str, ...] = (),
    ) -> None:
        """Record that the receipt was confirmed; after an answer, or a second time, it is no news."""
        if self.acknowledged:
            return
        self._refuse_if_closed()
        self._tell(talk.Acknowledged, by, rules, self._when(occurred_at, by), parts=parts)

    def reply(
        self,
        text: str,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
        source: Words | None = None,
    ) -> None:
        """Record what was written to the customer, whether the ticket waits or not.

        A policy hears it as an update; the first answer of a person is an acknowledgement
        too, where nothing acknowledged the request before.
        """
        if self._told(talk.Replied, occurred_at, text):
            return
        self._refuse_if_closed()
        at, first = self._when(occurred_at, by), not self.acknowledged
        self._tell(talk.Replied, by, rules, at, text=text, source=source)
        if first:
            self.hear("acknowledged", by, rules, at=at)

    def ask_follow_up(
        self, questions: tuple[str, ...], by: Context, rules: Rulebook, *, occurred_at: datetime | None = None
    ) -> None:
        """Record that the customer was asked *questions*; the ticket waits for the answers."""
        self._refuse_unless_unsolved()
        at = self._when(occurred_at, by)
        self._tell(talk.FollowUpAsked, by, rules, at, questions=questions, number=len(questions))

    def supply_answers(
        self,
        answers: tuple[str, ...],
        text: str | None,
        by: Context,
        rules: Rulebook,
        *,
        occurred_at: datetime | None = None,
    ) -> None:
        """Record the answers to the questions that were asked, one for each, and what else was said."""
        self._refuse_if_closed()
        if len(answers) != self.questions:
            raise errors.AnswersDoNotMatch
        at = self._when(occurred_at, by)
        self._tell(e.InformationSupplied, by, rules, at, text=text, answers=answers)
