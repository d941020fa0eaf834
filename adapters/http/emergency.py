"""Emergency access over HTTP: a hidden case, opened by an act that is recorded on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from adapters.bootstrap import Plaint
from adapters.desk import PREFIXES, Answer, Request
from adapters.eventstore.tables import position
from adapters.http import cases, schemas
from adapters.http.auth import App, may
from adapters.http.conditional import Body, answered
from adapters.http.late import Late
from adapters.http.openapi import OPENS, TAG, problems, takes
from domain.access import Principal, Right
from domain.commands import BreakGlass, GrantEmergencyAccess
from domain.complaint import Complaint
from domain.errors import PersonalDataErased
from domain.ids import log_of
from domain.kernel import Aggregate
from domain.ticket import Ticket
from projections.queue import CaseKind, QueueRow

router = APIRouter(route_class=Late, tags=["emergencies"])

KINDS: dict[CaseKind, type[Aggregate]] = {"complaint": Complaint, "ticket": Ticket}
FORM = "break-glass"
"""What is on record as filled in, where the reason was refused."""
EXAMPLE = {"reason": "The money leaves tonight and nobody of the team can be reached."}
DONE: dict[int | str, dict[str, Any]] = {200: {"description": "The case is open to you.", "headers": TAG}}


def _breaks_glass(kind: CaseKind) -> Callable[..., Response]:
    def break_glass(
        plaint: App,
        who: Annotated[Principal, Depends(may(Right.BREAK_GLASS))],
        sent: Body,
        id: str,
        _query: Annotated[schemas.Nothing, Query()],
    ) -> Response:
        """Open a case that is hidden from you for an hour, by its name alone; the act is recorded on it.

        It needs no `If-Match`, since the version of a hidden case cannot be known. A case that you
        see already is left as it is.
        """
        # Judged before the case is looked for, so that no mistake tells whether there is one.
        plaint.vault.refuse_unless_open()
        asked, request = sent.parsed(BreakGlass), sent.under_key(who.sender)
        plaint.desk.turn_away(asked, FORM, "api", who.actor, request=request)
        named = cases.case_id(plaint, id, kind)
        answer = plaint.desk.first_answer(request, named, kind=KINDS[kind]) if request else None
        if answer is None:
            now = cases.case_now(plaint, named)
            if now.row is None or now.row.kind != kind:
                raise cases.missing(kind)
            if cases.exists_for(plaint, who, now.row, cases.granted(now)):
                place = position(log_of(named), now.row.number)
                answer = Answer(named, now.row.version, place, prefix=PREFIXES[KINDS[kind]])
            else:
                order = GrantEmergencyAccess(principal=who.sender, reason=asked.reason)
                answer = _granted(plaint, now.row, order, who.actor, request)
        return answered(answer)

    break_glass.__name__ = f"break_glass_of_{kind}"
    return break_glass


def _granted(
    plaint: Plaint, row: QueueRow, order: GrantEmergencyAccess, actor: str, request: Request | None
) -> Answer:
    try:
        answer = plaint.desk.command(row.id, order, actor, kind=KINDS[row.kind], request=request)
    except PersonalDataErased:
        # No reason can be recorded any more, so it stays shut; another answer would tell that it is there.
        raise cases.missing(row.kind) from None
    plaint.wake()
    return answer


for each in KINDS:
    router.add_api_route(
        f"/v1/{each}s/{{id}}/break-glass",
        _breaks_glass(each),
        methods=["POST"],
        response_model=schemas.Written,
        responses=DONE | problems(*OPENS),
        openapi_extra=takes(BreakGlass, EXAMPLE),
    )
