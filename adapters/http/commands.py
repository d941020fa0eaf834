"""What may be asked of a complaint: one route for each command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from adapters import directory
from adapters.bootstrap import Plaint
from adapters.desk import Stale
from adapters.http import cases, schemas
from adapters.http.auth import App, may
from adapters.http.conditional import Body, IfMatch, answered, versions
from adapters.http.openapi import TAG, WRITES, problems, takes
from adapters.http.problems import Kind, Mistake, Problem, refused
from domain.access import Principal
from domain.commands import CATEGORIES, COMMANDS, Acknowledge, Assign, Command, Resolve, Triage
from domain.commands.needs import NEEDS
from domain.errors import BeforeReceipt, InTheFuture, LostTheRace, UnknownClock
from projections.queue import QueueRow

router = APIRouter(tags=["commands"])

DONE: dict[int | str, dict[str, Any]] = {200: {"description": "It is recorded.", "headers": TAG}}
A_CLOCK = "019e5048-3f00-8d2a-8c5b-6f0c1a2b3c4d"
EXAMPLES: dict[str, dict[str, Any]] = {
    "triage": {"category": "withdrawal", "severity": "normal", "admissible": True},
    "acknowledge": {"sent_at": "2026-05-26T09:30:00+02:00"},
    "assign": {"team": "complaints", "assignee": "handler-7"},
    "investigate": {},
    "record-step": {"kind": "account_activity", "summary": "The transfer left the account on Friday."},
    "request-information": {"text": "Which address did you send it from?"},
    "supply-information": {"text": "It was sent from the address on the receipt."},
    "send-update": {"text": "We are still waiting for the bank.", "kind": "update"},
    "complete-investigation": {},
    "escalate": {"reason": "The amount is large.", "level": 2},
    "de-escalate": {},
    "resolve": {"outcome": "upheld", "reasons": "The transfer was late by our fault."},
    "accept": {},
    "close": {},
    "reopen": {"reason": "New evidence."},
    "withdraw": {"reason": "The complainant asked for it."},
    "redirect": {"reason": "A question about the tariff."},
    "note": {"text": "Called back at noon.", "visibility": "internal"},
    "pause-clock": {"clock": A_CLOCK, "reason": "The complainant is travelling."},
    "resume-clock": {"clock": A_CLOCK},
    "retarget": {"clock": A_CLOCK, "cause": "holiday_proclaimed", "calendar_version": "0123456789ab"},
    "extend": {"clock": A_CLOCK, "parts": ["reasons", "date_of_final_reply"]},
    "excuse-miss": {"clock": A_CLOCK, "reason_code": "third_party"},
    "set-sensitivity": {"sensitivity": "restricted", "reason": "A colleague is named in it."},
}


def _carries_out(command: type[Command]) -> Callable[..., Response]:
    def carry_out(
        plaint: App,
        who: Principal,
        sent: Body,
        id: str,
        _query: Annotated[schemas.Nothing, Query()],
        if_match: IfMatch = None,
    ) -> Response:
        request = sent.under_key(who.id)
        named = cases.case_id(plaint, id)
        answer = plaint.desk.first_answer(request, named) if request else None
        if answer is None:
            case = cases.workable(plaint, who, named)
            expected = _expected(case, if_match)
            asked = sent.parsed(command)
            _refuse_unknown_words(asked, case, plaint)
            asked = _named(asked, case, plaint, who)
            try:
                answer = plaint.desk.command(case.id, asked, who.actor, expected=expected, request=request)
            except LostTheRace:
                raise Stale(cases.workable(plaint, who, case.id).version) from None
            except (InTheFuture, BeforeReceipt) as error:
                raise _misdated(error, asked) from None
            except UnknownClock as error:
                raise _unknown("/clock", error.remedy) from None
            plaint.wake()
        return answered(answer)

    carry_out.__name__ = command.NAME.replace("-", "_")
    carry_out.__doc__ = command.__doc__
    carry_out.__annotations__["who"] = Annotated[Principal, Depends(may(NEEDS[command]))]
    return carry_out


def _expected(case: QueueRow, if_match: str | None) -> int | None:
    allowed = versions(if_match)
    if allowed is None:
        return None
    if case.version not in allowed:
        raise Stale(case.version)
    return case.version


def _refuse_unknown_words(asked: Command, case: QueueRow, plaint: Plaint) -> None:
    """Refuse a team or a category that nobody has: a typing mistake would hide the case."""
    if isinstance(asked, Assign) and asked.team is not None:
        directory.refuse_unknown_teams(plaint, [asked.team], "/team")
    if isinstance(asked, Triage) and asked.category not in {*CATEGORIES, case.category}:
        raise _unknown("/category", f"Give one of the categories: {', '.join(CATEGORIES)}.")


def _named(asked: Command, case: QueueRow, plaint: Plaint, who: Principal) -> Command:
    """Return *asked* with its assignee as cases name people."""
    if not isinstance(asked, Assign) or asked.assignee is None:
        return asked
    found = directory.assignee(
        plaint,
        asked.assignee,
        who,
        team=asked.team or case.team,
        legal_entity=case.legal_entity,
        sensitivity=case.sensitivity,
    )
    return asked.model_copy(update={"assignee": found})


def _unknown(pointer: str, detail: str) -> Problem:
    return Problem(Kind.RULE, detail, errors=[Mistake(pointer=pointer, detail=detail, type="unknown")])


def _misdated(error: InTheFuture | BeforeReceipt, asked: Command) -> Problem:
    problem = refused(error)
    if isinstance(asked, Acknowledge | Resolve) and asked.sent_at is not None:
        problem.errors = [mistake.model_copy(update={"pointer": "/sent_at"}) for mistake in problem.errors]
    return problem


for each in COMMANDS:
    router.add_api_route(
        f"/v1/complaints/{{id}}/{each.NAME}",
        _carries_out(each),
        methods=["POST"],
        response_model=schemas.Written,
        responses=DONE | problems(*WRITES),
        openapi_extra=takes(each, EXAMPLES[each.NAME]),
    )
