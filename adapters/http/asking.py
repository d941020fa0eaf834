"""One thing asked of one case: found, judged, carried out, and answered alike however it was sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from adapters import desk, directory
from adapters.bootstrap import Plaint
from adapters.desk import Answer, Stale
from adapters.http import cases
from adapters.http.kinds import KindOfCase
from adapters.http.others import known_to, prepared
from adapters.http.problems import Kind, Mistake, Problem, refused
from domain.access import Principal, Right
from domain.commands import (
    CATEGORIES,
    Acknowledge,
    ApproveResolution,
    Assign,
    AssignTicket,
    Command,
    Correct,
    HandOver,
    Joint,
    NamePersonComplainedOf,
    PayRedress,
    Redirect,
    ReferExternally,
    Resolve,
    ReturnResolution,
    TicketCommand,
    Triage,
    TriageTicket,
)
from domain.commands.needs import NEEDS, OF_THEIR_OWN
from domain.errors import BeforeReceipt, DomainError, InTheFuture, LostTheRace, UnknownClock
from domain.linking.errors import MergedAway, PromotedBefore, SurvivorGoesOn
from projections.queue import QueueRow

AnyCommand: TypeAlias = Command | TicketCommand | Joint
JUDGEMENTS = (ApproveResolution, ReturnResolution)
"""What is asked of one proposal alone: another one may stand there by now."""
Versions: TypeAlias = frozenset[int] | None
"""The versions of a case on which a command may be carried out; None for any."""


@dataclass(frozen=True)
class Asking:
    """Who asks *command* of cases of one kind."""

    plaint: Plaint
    who: Principal
    kind: KindOfCase
    command: type[AnyCommand]

    def first_answer(
        self, request: desk.Request | None, text: str, asked: Callable[[], AnyCommand]
    ) -> Answer | None:
        """Return what the same request got before, before anything else of it is judged."""
        if request is None:
            return None
        try:
            id = self._named(text)
        except DomainError:
            return None
        answer = self.plaint.desk.first_answer(request, id, kind=self.kind.aggregate, said=asked)
        if answer is None or not self.of_their_own or answer.id == id:
            return answer
        return self._as_their_own(answer, self._row(id))

    def refuse_unless_allowed(self) -> None:
        """Refuse a role that may not ask this, whether the case is there or not."""
        if not (self.of_their_own or self.who.may(NEEDS[self.command])):
            raise Problem(Kind.FORBIDDEN)

    @property
    def of_their_own(self) -> bool:
        """Whether a complainant asks what complainants may of the case that is theirs."""
        return self.who.may(Right.ANSWER_OWN_CASE) and self.command in OF_THEIR_OWN

    def answer(
        self,
        text: str,
        allowed: Callable[[], Versions],
        asked: Callable[[], AnyCommand],
        request: desk.Request | None = None,
    ) -> Answer:
        """Carry the command out on the case that *text* names; the first of its faults is answered."""
        self.refuse_unless_allowed()
        case = self._row(self._named(text))
        expected = _expected(case, allowed(), exact=issubclass(self.command, JUDGEMENTS))
        wanted = asked()
        self._refuse_beyond_their_reach(wanted)
        _refuse_unknown_words(wanted, case, self.plaint)
        wanted = prepared(
            self.plaint, self.who, self._of_a_colleague(wanted, case), case, of_their_own=self.of_their_own
        )
        try:
            answer = self.plaint.desk.command(
                case.id, wanted, self.who.actor, kind=self.kind.aggregate, expected=expected, request=request
            )
            return self._as_their_own(answer, case) if self.of_their_own else answer
        except (MergedAway, SurvivorGoesOn, PromotedBefore) as error:
            hidden = error.other is not None and not known_to(self.plaint, self.who, [error.other])
            raise type(error)() if hidden else error from None
        except LostTheRace:
            raise Stale(self._row(case.id).version) from None
        except (InTheFuture, BeforeReceipt) as error:
            raise _misdated(error, wanted) from None
        except UnknownClock as error:
            raise _unknown("/clock", error.remedy) from None

    def _as_their_own(self, answer: Answer, case: QueueRow) -> Answer:
        """Return *answer* as of the case that a complainant has, wherever it landed."""
        if answer.id == case.id:
            return answer
        return replace(answer, id=case.id, version=self._row(case.id).version, prefix=case.reference[0])

    def _named(self, text: str) -> UUID:
        return cases.case_id(self.plaint, text, self.kind.name)

    def _row(self, id: UUID) -> QueueRow:
        if self.of_their_own:
            return cases.their_own(self.plaint, self.who, id, self.kind.name)
        return cases.workable(self.plaint, self.who, id, self.kind.name)

    def _refuse_beyond_their_reach(self, asked: AnyCommand) -> None:
        """A complainant acts as of now; only who may override conflicts of interest gives a reason to."""
        if self.of_their_own and asked.occurred_at is not None:
            detail = "Leave occurred_at out: what you send counts from when it comes."
            mistake = Mistake(pointer="/occurred_at", detail=detail, type="not_yours")
            raise Problem(Kind.RULE, detail, errors=[mistake])
        overrides = isinstance(asked, Assign | AssignTicket) and asked.override_reason is not None
        if overrides and not self.who.may(Right.OVERRIDE_CONFLICTS):
            raise Problem(Kind.FORBIDDEN)

    def _of_a_colleague(self, asked: AnyCommand, case: QueueRow) -> AnyCommand:
        """Return *asked* with whom it names as cases name people."""
        if isinstance(asked, NamePersonComplainedOf):
            return asked.model_copy(update={"user": directory.colleague(self.plaint, asked.user, self.who)})
        if not isinstance(asked, Assign | AssignTicket | HandOver) or asked.assignee is None:
            return asked
        found = directory.assignee(
            self.plaint,
            asked.assignee,
            self.who,
            team=asked.team or case.team,
            legal_entity=case.legal_entity,
            sensitivity=case.sensitivity,
        )
        return asked.model_copy(update={"assignee": found})


def _expected(case: QueueRow, allowed: Versions, *, exact: bool) -> int | None:
    if allowed is None and exact:
        raise Problem(Kind.VERSION_REQUIRED, "Name the version with the proposal that you judge, not any.")
    if allowed is None:
        return None
    if case.version not in allowed:
        raise Stale(case.version)
    return case.version


def _refuse_unknown_words(asked: AnyCommand, case: QueueRow, plaint: Plaint) -> None:
    """Refuse a team, a category or a form that there is not: a typing mistake would hide the case."""
    match asked:
        case Assign(team=str(team)) | AssignTicket(team=str(team)) | HandOver(team=str(team)):
            directory.refuse_unknown_teams(plaint, [team], "/team")
        case Triage() | TriageTicket() if asked.category not in {*CATEGORIES, case.category}:
            raise _unknown("/category", f"Give one of the categories: {', '.join(CATEGORIES)}.")
        case Redirect(form=str(form)) if form not in plaint.forms.ids():
            raise _unknown("/form", f"Give one of the forms: {', '.join(plaint.forms.ids())}.")
        case Correct(what="category") if asked.value not in {*CATEGORIES, case.category}:
            raise _unknown("/value", f"Give one of the categories: {', '.join(CATEGORIES)}.")
        case _:
            pass


def _unknown(pointer: str, detail: str) -> Problem:
    return Problem(Kind.RULE, detail, errors=[Mistake(pointer=pointer, detail=detail, type="unknown")])


def _misdated(error: InTheFuture | BeforeReceipt, asked: AnyCommand) -> Problem:
    problem, pointer = refused(error), None
    match asked:
        case Acknowledge(sent_at=sent_at) | Resolve(sent_at=sent_at) if sent_at is not None:
            pointer = "/sent_at"
        case PayRedress(paid_at=paid_at) if paid_at is not None:
            pointer = "/paid_at"
        case ReferExternally(referred_at=referred_at) if referred_at is not None:
            pointer = "/referred_at"
        case _:
            return problem
    problem.errors = [mistake.model_copy(update={"pointer": pointer}) for mistake in problem.errors]
    return problem
