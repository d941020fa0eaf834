"""Webhooks over HTTP: added, changed, tried out, and their messages looked at and sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Response
from starlette.responses import JSONResponse

from adapters.bootstrap import Plaint
from adapters.desk import Answer, Order, Stale
from adapters.eventstore.store import LOG
from adapters.http import cases, schemas
from adapters.http.auth import App, Configurer
from adapters.http.conditional import Body, IfMatch, Sent, etag, versions
from adapters.http.cursors import cursor, keys_of, place
from adapters.http.late import Late
from adapters.http.openapi import READS, WRITES, problems, takes
from adapters.http.problems import Kind, Problem
from adapters.http.reading import base
from adapters.http.webhook_checks import refuse_address, refuse_unknown_words, still_told
from adapters.http.webhook_documents import (
    DeliveryDocument,
    DeliveryListing,
    DeliveryPage,
    Replayed,
    Since,
    WebhookDocument,
    WebhookPage,
    WebhookWritten,
    delivery,
    document,
)
from adapters.outbox.messages import PING, delivery_id, ping
from adapters.outbox.signing import new_secret
from adapters.outbox.webhooks import MOST
from domain.access import Principal
from domain.configuration import Rules
from domain.errors import DomainError, LostTheRace, NotReceived
from domain.kernel import Context
from domain.webhook_commands import (
    ChangeWebhook,
    ChangeWithin,
    Disable,
    Enable,
    NewWebhook,
    Remove,
    RotateSecret,
    RotateTo,
)
from domain.webhooks import NoLongerTold, NoSuchWebhook, NothingIsSent, Webhook, covered, grant

router = APIRouter(route_class=Late, prefix="/v1/webhooks", tags=["webhooks"])

TAG: dict[str, Any] = {"ETag": {"description": "The version of the webhook.", "schema": {"type": "string"}}}
CREATED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "The webhook is added; its secret is shown this once.",
        "headers": TAG | {"Location": {"description": "The webhook.", "schema": {"type": "string"}}},
    }
}
ONE: dict[int | str, dict[str, Any]] = {200: {"description": "The webhook.", "headers": TAG}}
DONE: dict[int | str, dict[str, Any]] = {200: {"description": "It is recorded.", "headers": TAG}}
QUEUED: dict[int | str, dict[str, Any]] = {202: {"description": "It is sent soon."}}
A_WEBHOOK: dict[str, Any] = {
    "url": "https://example.org/plaint",
    "topics": ["complaint.*", "clock.missed"],
    "teams": ["complaints"],
}


class TooManyWebhooks(DomainError):
    """There are as many webhooks as there may be; remove one that is no longer needed."""


@router.post(
    "",
    status_code=201,
    response_model=WebhookWritten,
    responses=CREATED | problems(400, 401, 403, 409, 413, 415, 422, 503),
    openapi_extra=takes(NewWebhook, A_WEBHOOK),
)
def add_webhook(
    plaint: App, who: Configurer, sent: Body, _query: Annotated[schemas.Nothing, Query()]
) -> Response:
    """Add a receiver; it hears of what is recorded from now on."""
    request = sent.under_key(who.sender)
    answer = plaint.desk.first_answer(request, Rules.ID, kind=Webhook) if request else None
    if answer is None:
        asked = sent.parsed(NewWebhook)
        refuse_address(plaint, asked.url)
        refuse_unknown_words(plaint, asked.terms)
        if len(plaint.outbox.webhooks.all()) >= MOST:
            raise TooManyWebhooks

        def add(webhook: Webhook, by: Context) -> None:
            secret = new_secret(plaint.chance)
            webhook.add(asked.url, asked.terms, secret, by, grant(who), description=asked.description)

        answer = plaint.desk.begin(Webhook, add, who.actor, request=request, home=LOG)
        plaint.wake()
    return _written(plaint, answer, location=f"{base(plaint)}/v1/webhooks/{answer.id}", secret=True)


@router.get("", response_model=WebhookPage, responses=problems(401, 403, 422, 503))
def list_webhooks(plaint: App, who: Configurer, query: Annotated[schemas.Parameters, Query()]) -> Response:
    """List the webhooks, the oldest first; one that was disabled says why and since when."""
    cases.wait_for_log(plaint, query.after)
    found = [each for each in plaint.outbox.webhooks.all() if _reaches(who, each)]
    return cases.written(WebhookPage(items=[document(plaint, each) for each in found]))


@router.get("/{id}", response_model=WebhookDocument, responses=ONE | problems(*READS))
def show_webhook(
    plaint: App, who: Configurer, id: str, query: Annotated[schemas.Parameters, Query()]
) -> Response:
    """Read one webhook."""
    cases.wait_for_log(plaint, query.after)
    webhook = _found(plaint, who, id)
    return cases.written(document(plaint, webhook), etag=etag(webhook.version))


@router.patch(
    "/{id}",
    response_model=WebhookWritten,
    responses=DONE | problems(*WRITES),
    openapi_extra=takes(ChangeWebhook, {"concurrency": 2}),
)
def change_webhook(
    plaint: App,
    who: Configurer,
    sent: Body,
    id: str,
    _query: Annotated[schemas.Nothing, Query()],
    if_match: IfMatch = None,
) -> Response:
    """Change where a webhook goes or what it tells; what is absent stays as it is."""

    def order(webhook: Webhook) -> Order:
        asked = sent.parsed(ChangeWebhook)
        if asked.url is not None:
            refuse_address(plaint, asked.url)
        refuse_unknown_words(plaint, asked.changed(webhook.in_force()))
        return ChangeWithin(grant=grant(who), **asked.model_dump(exclude_unset=True))

    return _commanded(plaint, who, sent, id, order, if_match=if_match)


@router.delete("/{id}", response_model=WebhookWritten, responses=DONE | problems(*WRITES))
def remove_webhook(
    plaint: App,
    who: Configurer,
    sent: Body,
    id: str,
    _query: Annotated[schemas.Nothing, Query()],
    if_match: IfMatch = None,
) -> Response:
    """Remove a webhook, and whatever was still to be sent to it."""
    return _commanded(plaint, who, sent, id, _always(Remove()), if_match=if_match)


@router.post("/{id}/enable", response_model=WebhookWritten, responses=DONE | problems(*WRITES))
def enable_webhook(
    plaint: App,
    who: Configurer,
    sent: Body,
    id: str,
    _query: Annotated[schemas.Nothing, Query()],
    if_match: IfMatch = None,
) -> Response:
    """Send again to a webhook that was disabled; what it missed can be replayed."""
    return _commanded(plaint, who, sent, id, _always(Enable()), if_match=if_match)


@router.post("/{id}/disable", response_model=WebhookWritten, responses=DONE | problems(*WRITES))
def disable_webhook(
    plaint: App,
    who: Configurer,
    sent: Body,
    id: str,
    _query: Annotated[schemas.Nothing, Query()],
    if_match: IfMatch = None,
) -> Response:
    """Send nothing more to a webhook until it is enabled."""
    return _commanded(plaint, who, sent, id, _always(Disable()), if_match=if_match)


@router.post(
    "/{id}/rotate-secret",
    response_model=WebhookWritten,
    responses=DONE | problems(*WRITES),
    openapi_extra=takes(RotateSecret, {"overlap_hours": 24}),
)
def rotate_webhook_secret(
    plaint: App,
    who: Configurer,
    sent: Body,
    id: str,
    _query: Annotated[schemas.Nothing, Query()],
    if_match: IfMatch = None,
) -> Response:
    """Sign with a new secret, shown this once; the one before is signed with beside it for a while."""

    def order(_webhook: Webhook) -> Order:
        asked = sent.parsed(RotateSecret)
        return RotateTo(secret=new_secret(plaint.chance), overlap_hours=asked.overlap_hours)

    return _commanded(plaint, who, sent, id, order, if_match=if_match, secret=True)


@router.post(
    "/{id}/test",
    status_code=202,
    response_model=DeliveryDocument,
    responses=QUEUED | problems(400, *READS, 409, 413),
)
def try_webhook(
    plaint: App, who: Configurer, sent: Body, id: str, _query: Annotated[schemas.Nothing, Query()]
) -> Response:
    """Send a `webhook.ping`; under the same Idempotency-Key it is sent once."""
    webhook, now = _sending(plaint, who, id), plaint.now()
    name = f"{who.id} {sent.key}" if sent.key else str(plaint.desk.fresh_id(now))
    message = delivery_id(webhook.id, f"ping {name}")
    plaint.outbox.deliveries.add_one(
        {
            "id": message,
            "webhook_id": webhook.id,
            "topic": PING,
            "body": ping(webhook.id, message, plaint.outbox.source, now),
            "state": "pending",
            "attempts": 0,
            "created_at": now,
            "next_attempt_at": now,
        }
    )
    plaint.outbox.news.arrived()
    return _queued(plaint, webhook.id, message)


@router.get("/{id}/deliveries", response_model=DeliveryPage, responses=problems(*READS))
def list_deliveries(
    plaint: App, who: Configurer, id: str, query: Annotated[DeliveryListing, Query()]
) -> Response:
    """List the messages to a webhook, the newest first; settled ones are kept for 30 days."""
    webhook = _found(plaint, who, id)
    path = f"/v1/webhooks/{webhook.id}/deliveries"
    asked = {} if query.state is None else {"state": query.state}
    question = f"{who.id} {path}?{urlencode(asked)}"
    before = None if query.cursor is None else place(keys_of(plaint), query.cursor, question)
    rows = plaint.outbox.deliveries.page(webhook.id, query.limit + 1, state=query.state, before=before)
    following = None
    if len(rows) > query.limit:
        rows = rows[: query.limit]
        last = cursor(keys_of(plaint), (rows[-1].created_at, rows[-1].id), question)
        more = asked | {"limit": query.limit, "cursor": last}
        following = f"{base(plaint)}{path}?{urlencode(more)}"
    return cases.written(DeliveryPage(items=[delivery(row) for row in rows], next=following))


@router.post(
    "/{id}/deliveries/{delivery_id}/replay",
    status_code=202,
    response_model=DeliveryDocument,
    responses=QUEUED | problems(*READS, 409),
)
def replay_delivery(
    plaint: App,
    who: Configurer,
    id: str,
    delivery_id: str,
    _query: Annotated[schemas.Nothing, Query()],
) -> Response:
    """Send one message again, under the id that it had."""
    webhook, message = _sending(plaint, who, id), _uuid(delivery_id)
    row = None if message is None else plaint.outbox.deliveries.one(webhook.id, message)
    if row is None or message is None:
        raise _no_delivery()
    if row.case_id is not None and not still_told(plaint, webhook, [row.case_id]):
        raise NoLongerTold
    if not plaint.outbox.deliveries.replay(webhook.id, plaint.now(), id=message):
        raise _no_delivery()
    plaint.outbox.news.arrived()
    return _queued(plaint, webhook.id, message)


@router.post(
    "/{id}/replay", status_code=202, response_model=Replayed, responses=QUEUED | problems(*READS, 409)
)
def replay_dead_deliveries(
    plaint: App, who: Configurer, id: str, query: Annotated[Since, Query()]
) -> Response:
    """Send every dead message again that was made at `from` or later, of cases that are still told of."""
    webhook, box, replayed = _sending(plaint, who, id), plaint.outbox.deliveries, 0
    for some in box.dead(webhook.id, since=query.since):
        told = still_told(plaint, webhook, {each.case_id for each in some if each.case_id is not None})
        again = [each.id for each in some if each.case_id is None or each.case_id in told]
        replayed += box.replay_dead(webhook.id, plaint.now(), again)
    plaint.outbox.news.arrived()
    return JSONResponse({"replayed": replayed}, 202)


def _commanded(
    plaint: Plaint,
    who: Principal,
    sent: Sent,
    id: str,
    order: Callable[[Webhook], Order],
    *,
    if_match: str | None,
    secret: bool = False,
) -> Response:
    """Carry out what *order* makes of the webhook, once, on the version that *if_match* names."""
    request, named = sent.under_key(who.sender), _uuid(id)
    if named is None:
        raise NoSuchWebhook
    answer = plaint.desk.first_answer(request, named, kind=Webhook) if request else None
    if answer is None:
        webhook = _found(plaint, who, id)
        allowed = versions(if_match)
        if allowed is not None and webhook.version not in allowed:
            raise Stale(webhook.version)
        expected = None if allowed is None else webhook.version
        try:
            answer = plaint.desk.command(
                named, order(webhook), who.actor, kind=Webhook, expected=expected, request=request
            )
        except LostTheRace:
            raise Stale(_found(plaint, who, id).version) from None
        except NotReceived:
            raise NoSuchWebhook from None
        plaint.wake()
    return _written(plaint, answer, secret=secret)


def _written(
    plaint: Plaint, answer: Answer, *, location: str | None = None, secret: bool = False
) -> Response:
    """Return what a write answers; repeated under its key, a request is shown the same secret again."""
    body = WebhookWritten(id=answer.id, version=answer.version, position=answer.position)
    if secret:
        then = plaint.store.load(Webhook, answer.id, version=answer.version)
        body.secret = str(then.secrets[0].value) if then is not None else None
    headers = {"ETag": etag(answer.version)} | ({"Location": location} if location else {})
    return Response(body.model_dump_json(exclude_none=True), answer.status, headers, "application/json")


def _always(order: Order) -> Callable[[Webhook], Order]:
    return lambda _webhook: order


def _found(plaint: Plaint, who: Principal, id: str) -> Webhook:
    named = _uuid(id)
    webhook = None if named is None else plaint.outbox.webhooks.one(named)
    if webhook is None or not _reaches(who, webhook):
        raise NoSuchWebhook
    return webhook


def _sending(plaint: Plaint, who: Principal, id: str) -> Webhook:
    webhook = _found(plaint, who, id)
    if webhook.disabled is not None:
        raise NothingIsSent
    return webhook


def _reaches(who: Principal, webhook: Webhook) -> bool:
    """Whether a webhook exists for *who*: it tells of nothing that they may not have told."""
    return covered(webhook.in_force(), grant(who))


def _queued(plaint: Plaint, webhook: UUID, id: UUID) -> Response:
    row = plaint.outbox.deliveries.one(webhook, id)
    if row is None:
        raise _no_delivery()
    return Response(delivery(row).model_dump_json(), 202, media_type="application/json")


def _no_delivery() -> Problem:
    return Problem(Kind.NOT_FOUND, "There is no such message; settled ones are kept for 30 days.")


def _uuid(id: str) -> UUID | None:
    try:
        return UUID(id) if len(id) in {32, 36} else None
    except ValueError:
        return None
