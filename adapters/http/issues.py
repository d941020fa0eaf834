"""Issues over HTTP: opened, changed, told of, and the cases that are linked to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from starlette.responses import JSONResponse

from adapters import directory
from adapters.bootstrap import Plaint
from adapters.desk import Answer, Order, Stale
from adapters.eventstore.store import LOG
from adapters.http import cases, schemas
from adapters.http.auth import App, IssueLead, Reader
from adapters.http.conditional import Body, IfMatch, M, Sent, etag, versions
from adapters.http.cursors import cursor, keys_of, place
from adapters.http.issue_documents import (
    CountedIssue,
    IssueDocument,
    IssueListing,
    IssuePage,
    IssueWritten,
    Paged,
    facts,
)
from adapters.http.late import Late
from adapters.http.openapi import READS, WRITES, problems, takes
from adapters.http.others import lists
from adapters.http.reading import base
from adapters.views.issues import KINDS
from domain.access import Principal
from domain.changing import asked_of
from domain.directory.events import Reach
from domain.errors import LostTheRace, NotReceived
from domain.issues import orders as o
from domain.issues.issue import Issue, IssueIsClosed, NoSuchIssue, UnknownCase
from domain.kernel import Context
from projections.issues import ISSUE_CASES, ISSUES, IssueRow, evolve_issue
from projections.queue import QUEUE

router = APIRouter(route_class=Late, prefix="/v1/issues", tags=["issues"])

FORM = "issue"
"""What a text that was refused for a secret was sent as."""

NoQuery = Annotated[schemas.Nothing, Query()]
TAG: dict[str, Any] = {"ETag": {"description": "The version of the issue.", "schema": {"type": "string"}}}
CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "The issue is open.", "headers": TAG}}
ONE: dict[int | str, dict[str, Any]] = {200: {"description": "The issue.", "headers": TAG}}
DONE: dict[int | str, dict[str, Any]] = {200: {"description": "It is recorded.", "headers": TAG}}
AN_ISSUE: dict[str, Any] = {
    "title": "Withdrawals stand still",
    "kind": "mass_event",
    "owner": "anna",
    "due": "2026-06-05",
    "rule": {"category": ["withdrawal"], "received_from": "2026-05-22T08:00:00Z"},
}


@router.post(
    "",
    status_code=201,
    response_model=IssueWritten,
    responses=CREATED | problems(400, 401, 403, 409, 413, 415, 422, 503),
    openapi_extra=takes(o.OpenIssue, AN_ISSUE),
)
def open_issue(plaint: App, who: IssueLead, sent: Body, _query: NoQuery) -> Response:
    """Open an issue; cases that exist for you and meet its rule are linked by themselves."""
    request = sent.under_key(who.sender)
    said = partial(sent.parsed, o.OpenIssue)
    answer = plaint.desk.first_answer(request, UUID(int=0), kind=Issue, said=said) if request else None
    if answer is None:
        asked = _harmless(plaint, who, sent, o.OpenIssue)
        _refuse_unknown_owner(plaint, who, asked)

        def begin(issue: Issue, by: Context) -> None:
            details = {name: getattr(asked, name) for name in o.OpenIssue.model_fields}
            issue.open(by, within=Reach.of(who.scope), **details)

        answer = plaint.desk.begin(Issue, begin, who.actor, request=request, home=LOG)
        plaint.wake()
    return _written(answer, {"Location": f"{base(plaint)}/v1/issues/{answer.id}"})


@router.get("", response_model=IssuePage, responses=problems(401, 403, 422, 503))
def list_issues(plaint: App, who: Reader, query: Annotated[IssueListing, Query()]) -> Response:
    """List the issues that exist for you, the newest first."""
    cases.wait_for_views(plaint, query.after, ISSUES.name)
    asked = query.model_dump(mode="json", exclude_defaults=True, include={"status", "owner"})
    question = f"{who.id} /v1/issues?{urlencode(sorted(asked.items()), doseq=True)}"
    after = None if query.cursor is None else place(keys_of(plaint), query.cursor, question)
    rows = plaint.issues.page(who.scope, query.limit + 1, after, status=query.status, owner=query.owner)
    following = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        last = cursor(keys_of(plaint), (rows[-1].opened_at, rows[-1].id), question)
        more = asked | {"limit": query.limit, "cursor": last}
        following = f"{base(plaint)}/v1/issues?{urlencode(more, doseq=True)}"
    items = [IssueDocument.model_validate(facts(plaint, row)) for row in rows]
    return cases.written(IssuePage(items=items, next=following), who.sights(None))


@router.get("/{id}", response_model=CountedIssue, responses=ONE | problems(*READS))
def show_issue(plaint: App, who: Reader, id: str, query: Annotated[schemas.Parameters, Query()]) -> Response:
    """Read one issue, with how many of its cases you may see."""
    cases.wait_for_views(plaint, query.after, ISSUES.name, ISSUE_CASES.name, QUEUE.name)
    row = _row(plaint, who, id)
    counted = {
        "cases": plaint.issues.count(row.id, who.scope),
        "open_cases": plaint.issues.count(row.id, who.scope, open=True),
    }
    document = CountedIssue.model_validate(facts(plaint, row) | counted)
    return cases.written(document, who.sights(None), etag=etag(row.version))


@router.get("/{id}/cases", response_model=schemas.CasePage, responses=problems(*READS))
def list_cases_of_issue(plaint: App, who: Reader, id: str, query: Annotated[Paged, Query()]) -> Response:
    """List the cases that are linked to an issue and that you may see."""
    cases.wait_for_views(plaint, query.after, ISSUES.name, ISSUE_CASES.name, QUEUE.name)
    row = _row(plaint, who, id)
    path = f"/v1/issues/{row.id}/cases"
    question = f"{who.id} {path}"
    after = None if query.cursor is None else place(keys_of(plaint), query.cursor, question)[1]
    found, following = plaint.issues.cases(row.id, who.scope, query.limit + 1, after), None
    if len(found) > query.limit:
        found = found[: query.limit]
        last = cursor(keys_of(plaint), (found[-1].received_at, found[-1].id), question)
        following = f"{base(plaint)}{path}?{urlencode({'limit': query.limit, 'cursor': last})}"
    items = [cases.summary(each) for each in lists(plaint, who, found)]
    return cases.written(schemas.CasePage(items=items, next=following))


def _change(plaint: Plaint, who: Principal, sent: Sent) -> Order:
    asked = _harmless(plaint, who, sent, o.ChangeIssue)
    _refuse_unknown_owner(plaint, who, asked)
    return o.ChangeWithin(within=Reach.of(who.scope), **asked_of(asked, o.ChangeIssue.model_fields))


def _update_all(plaint: Plaint, who: Principal, sent: Sent) -> Order:
    asked = _harmless(plaint, who, sent, o.UpdateAll)
    return o.AnnounceWithin(text=asked.text, within=Reach.of(who.scope))


def _harmless(plaint: Plaint, who: Principal, sent: Sent, model: type[M]) -> M:
    """Return the body as *model*; refuse one that holds a secret, and have that on record."""
    asked = sent.parsed(model)
    plaint.desk.turn_away(asked, FORM, "api", who.actor, request=sent.under_key(who.sender))
    return asked


def _plain(order: type[o.IssueOrder]) -> Callable[[Plaint, Principal, Sent], Order]:
    return lambda _plaint, _who, sent: sent.parsed(order)


def _asks(
    asked: type[BaseModel], name: str, order: Callable[[Plaint, Principal, Sent], Order], example: Any
) -> None:
    """Make the address of one order to an issue."""

    def carry_out(
        plaint: App, who: IssueLead, sent: Body, id: str, _query: NoQuery, if_match: IfMatch = None
    ) -> Response:
        request, issue = sent.under_key(who.sender), _id(id)
        said = partial(order, plaint, who, sent)
        answer = plaint.desk.first_answer(request, issue, kind=Issue, said=said) if request else None
        if answer is None:
            row, allowed = _row(plaint, who, id), versions(if_match)
            if allowed is not None and row.version not in allowed:
                raise Stale(row.version)
            asks = said()
            plaint.desk.turn_away(asks, FORM, "api", who.actor, request=request)
            answer = _commanded(plaint, row, asks, who, sent, exact=allowed is not None)
        return _written(answer)

    carry_out.__name__ = f"{name.replace('-', '_')}_issue"
    carry_out.__doc__ = asked.__doc__
    router.add_api_route(
        f"/{{id}}/{name}",
        carry_out,
        methods=["POST"],
        response_model=IssueWritten,
        responses=DONE | problems(*WRITES),
        openapi_extra=takes(asked, example),
    )


_asks(o.ChangeIssue, "change", _change, {"cause": "A queue of the bank was full.", "due": "2026-06-12"})
_asks(o.Mitigate, "mitigate", _plain(o.Mitigate), {})
_asks(o.CloseIssue, "close", _plain(o.CloseIssue), {})
_asks(o.ReopenIssue, "reopen", _plain(o.ReopenIssue), {})
_asks(o.UpdateAll, "update-all", _update_all, {"text": "Withdrawals run again since noon."})


@router.post(
    "/{id}/link",
    response_model=IssueWritten,
    responses=DONE | problems(*READS, 400, 409, 413, 415, 422),
    openapi_extra=takes(o.LinkCase, {"case": "C-7K3M9QX2VA5"}),
)
def link_case_to_issue(plaint: App, who: IssueLead, sent: Body, id: str, _query: NoQuery) -> Response:
    """Link a case to an issue by hand; the answer is about the case, which needs no version."""
    return _of_case(plaint, who, sent, id, lambda issue: o.LinkToIssue(issue=issue.id), closed=False)


@router.post(
    "/{id}/unlink",
    response_model=IssueWritten,
    responses=DONE | problems(*READS, 400, 409, 413, 415, 422),
    openapi_extra=takes(o.LinkCase, {"case": "C-7K3M9QX2VA5"}),
)
def unlink_case_from_issue(plaint: App, who: IssueLead, sent: Body, id: str, _query: NoQuery) -> Response:
    """Take a case away from an issue; its rule does not link it again."""
    return _of_case(plaint, who, sent, id, lambda issue: o.UnlinkFromIssue(issue=issue.id), closed=True)


def _of_case(
    plaint: Plaint,
    who: Principal,
    sent: Sent,
    id: str,
    order: Callable[[IssueRow], Order],
    *,
    closed: bool,
) -> Response:
    """Ask a case because of an issue, of a closed one too where *closed* says so."""
    asked, request = sent.parsed(o.LinkCase), sent.under_key(who.sender)
    try:
        named = cases.case_id(plaint, asked.case)
    except NotReceived:
        raise UnknownCase("/case") from None
    answer = plaint.desk.first_answer(request, named) if request else None
    if answer is None:
        issue, row = _row(plaint, who, id), cases.case_now(plaint, named).row
        if row is None or not who.scope.admits(row):
            raise UnknownCase("/case")
        if issue.status == "closed" and not closed:
            raise IssueIsClosed
        kind = KINDS[row.kind]
        answer = plaint.desk.command(row.id, order(issue), who.actor, kind=kind, request=request)
        plaint.wake()
    return _written(answer)


def _commanded(
    plaint: Plaint, row: IssueRow, order: Order, who: Principal, sent: Sent, *, exact: bool
) -> Answer:
    """Carry out *order* on the issue, where *exact* only on the version that was read."""
    try:
        answer = plaint.desk.command(
            row.id,
            order,
            who.actor,
            kind=Issue,
            expected=row.version if exact else None,
            request=sent.under_key(who.sender),
        )
    except LostTheRace:
        raise Stale(_row(plaint, who, str(row.id)).version) from None
    plaint.wake()
    return answer


def _refuse_unknown_owner(plaint: Plaint, who: Principal, asked: o.OpenIssue | o.ChangeIssue) -> None:
    if asked.owner is not None:
        directory.active_user(plaint, asked.owner, "/owner", who)


def _written(answer: Answer, headers: dict[str, str] | None = None) -> Response:
    body = {"id": str(answer.id), "version": answer.version, "position": answer.position}
    return JSONResponse(body, answer.status, {"ETag": etag(answer.version)} | (headers or {}))


def _row(plaint: Plaint, who: Principal, text: str) -> IssueRow:
    """Return an issue that exists for *who*, as it is now, also what the read model does not show yet."""
    id = _id(text)
    row = plaint.issues.one(id)
    for number, event in plaint.store.numbered(id, beyond=row.version if row else 0):
        row = evolve_issue(row, event, number)
    if row is None or not row.within.exists_for(who.scope):
        raise NoSuchIssue
    return row


def _id(text: str) -> UUID:
    try:
        return UUID(text) if len(text) in {32, 36} else _none()
    except ValueError:
        raise NoSuchIssue from None


def _none() -> UUID:
    raise NoSuchIssue
