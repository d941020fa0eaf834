"""What may be asked of a complaint or a ticket: one route for each command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from adapters.bootstrap import Plaint
from adapters.desk import Answer
from adapters.http import cases, reading, schemas
from adapters.http.asking import AnyCommand, Asking
from adapters.http.auth import App, Somebody, unauthenticated
from adapters.http.conditional import Body, IfMatch, answered, versions
from adapters.http.kinds import COMPLAINTS, TICKETS, KindOfCase
from adapters.http.late import Late
from adapters.http.openapi import TAG, WRITES, problems, takes
from adapters.http.others import elsewhere
from adapters.http.threads import in_thread
from domain.commands import COMMANDS, TICKET_COMMANDS

router = APIRouter(route_class=Late, tags=["commands"])

DONE: dict[int | str, dict[str, Any]] = {200: {"description": "It is recorded.", "headers": TAG}}
A_CLOCK = "019e5048-3f00-8d2a-8c5b-6f0c1a2b3c4d"
A_CONSULTATION = "019e5048-3f00-812e-9c35-d4be2c62a1f0"
ANSWER: dict[str, Any] = {
    "outcome": "upheld",
    "reasons": "The fee was charged twice.",
    "redress": [{"kind": "money", "amount": "12.50", "currency": "EUR"}],
}
EXAMPLES: dict[str, dict[str, Any]] = {
    "triage": {"category": "withdrawal", "severity": "normal", "admissible": True},
    "acknowledge": {"sent_at": "2026-05-26T09:30:00+02:00"},
    "assign": {"team": "complaints", "assignee": "handler-7"},
    "hand-over": {"assignee": "handler-7", "reason_code": "expertise", "reason": "She knows the bank."},
    "investigate": {},
    "record-step": {"kind": "account_activity", "summary": "The transfer left the account on Friday."},
    "request-information": {"text": "Which address did you send it from?"},
    "supply-information": {"text": "It was sent from the address on the receipt."},
    "send-update": {"text": "We are still waiting for the bank.", "kind": "update"},
    "complete-investigation": {},
    "escalate": {"reason": "The amount is large.", "level": 2},
    "de-escalate": {},
    "resolve": ANSWER | {"response_type": "final_response", "remedies_named": ["AMF"]},
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
    "add-representative": {
        "name": "A. Lawyer",
        "email": "lawyer@example.org",
        "power_of_attorney": "Deed of 2 May 2026",
        "paid": True,
    },
    "remove-representative": {"number": 1, "reason": "The mandate has ended."},
    "flag-vulnerability": {"how_known": "The complainant said so on the telephone.", "driver": "life_event"},
    "lift-vulnerability": {"reason": "It has passed."},
    "set-sensitivity": {"sensitivity": "restricted", "reason": "A colleague is named in it."},
    "answer-consultation": {"consultation": A_CONSULTATION, "text": "The transfer was held for review."},
    "record-finding": {"point": "fee", "finding": "substantiated", "summary": "It was charged twice."},
    "propose-resolution": ANSWER | {"points": ["fee"], "root_cause": "double_booking"},
    "approve-resolution": {},
    "return-resolution": {"reason": "The interest is missing."},
    "pay-redress": {"redress": 1, "paid_at": "2026-06-02T10:00:00+02:00", "reference": "SEPA 4711"},
    "name-person-complained-of": {"user": "handler-7"},
    "refer-externally": {"body": "AMF", "reference": "M-2026-17", "referred_at": "2026-06-10T09:00:00Z"},
    "record-external-outcome": {"body": "AMF", "outcome": "firm_upheld", "binding": False},
    "correct": {
        "what": "country",
        "value": "FR",
        "reason": "The form said otherwise than the identity card.",
    },
    "rate": {"score": 4, "comment": "Quick and clear."},
    "place-hold": {"kind": "legal", "reason": "A claim was lodged."},
    "lift-hold": {"reason": "The claim was settled."},
}
TICKET_EXAMPLES: dict[str, dict[str, Any]] = EXAMPLES | {
    "triage": {"category": "deposit", "subcategory": "card", "impact": 2, "urgency": 1},
    "assign": {"team": "support", "assignee": "handler-7"},
    "suspend": {"cause": "vendor"},
    "resume": {},
    "reply": {"text": "Your card is on its way."},
    "follow-up": {"questions": ["Which card is it?", "Since when does it fail?"]},
    "supply-information": {"answers": ["The blue one.", "Since Monday."]},
    "book-appointment": {
        "kind": "video_call",
        "starts_at": "2026-05-28T14:00:00+02:00",
        "ends_at": "2026-05-28T14:30:00+02:00",
        "zone": "Europe/Paris",
        "how_to_join": "Open the link in a browser; no account is needed.",
    },
    "cancel-appointment": {"reason": "The customer cannot come."},
    "solve": {"text": "The card was replaced."},
    "rate": {"score": 4, "comment": "Quick and friendly."},
    "promote": {
        "reason": "The customer complains of the fee.",
        "category": "fees",
        "first_dissatisfaction_at": "2026-05-20T10:00:00+02:00",
    },
}


def _carries_out(kind: KindOfCase, command: type[AnyCommand]) -> Callable[..., Awaitable[Response]]:
    def carry_out(
        plaint: App,
        who: Somebody,
        sent: Body,
        id: str,
        _query: Annotated[schemas.Nothing, Query()],
        if_match: IfMatch = None,
    ) -> Response:
        if who is None:
            raise unauthenticated()
        asking = Asking(plaint, who, kind, command)
        with sent.alone(who.sender) as request:
            asked = partial(sent.parsed, command)
            answer = asking.first_answer(request, id, asked)
            if answer is None:
                answer = asking.answer(id, lambda: versions(if_match), asked, request)
                plaint.wake()
        return _landed(plaint, kind, id, answer)

    carry_out.__name__ = kind.done(command.NAME)
    carry_out.__doc__ = command.__doc__
    return in_thread(carry_out)


def _landed(plaint: Plaint, kind: KindOfCase, id: str, answer: Answer) -> Response:
    """Return the answer, which says where what was sent landed when its case was merged into another."""
    if id.upper() == answer.reference:
        return answered(answer)
    there = elsewhere(answer, cases.case_id(plaint, id, kind.name))
    if not there:
        return answered(answer)
    return answered(answer, location=reading.base(plaint) + there["location"], merged_into=answer.id)


for kind, commands, examples in (
    (COMPLAINTS, COMMANDS, EXAMPLES),
    (TICKETS, TICKET_COMMANDS, TICKET_EXAMPLES),
):
    for each in commands:
        router.add_api_route(
            f"{kind.path}/{{id}}/{each.NAME}",
            _carries_out(kind, each),
            methods=["POST"],
            response_model=schemas.Written,
            responses=DONE | problems(*WRITES),
            openapi_extra=takes(each, examples[each.NAME]),
        )
