"""Webhooks and their messages as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from adapters.bootstrap import Plaint
from adapters.eventstore.tables import position
from adapters.http.schemas import MOST, Nothing, Shown
from adapters.outbox.deliveries import State
from domain.access import Sensitivity
from domain.kernel import Value
from domain.privacy import Kept, PersonalLine, shown
from domain.webhooks import Reason, Webhook
from domain.written import InFull


class WebhookWritten(BaseModel):
    """What a write answers; *secret* is that of a new webhook or of a rotation, and shown in no read."""

    id: UUID
    version: int
    position: str
    secret: str | None = None


class WebhookDocument(BaseModel):
    """A webhook; null for teams or legal entities stands for every one."""

    id: UUID
    version: int
    url: Shown
    description: Shown | None
    topics: tuple[str, ...]
    teams: tuple[str, ...] | None
    legal_entities: tuple[str, ...] | None
    sensitivity: Sensitivity
    imports: bool
    concurrency: int
    added_at: datetime | None
    disabled: Reason | None
    disabled_at: datetime | None
    old_secret_until: datetime | None


class WebhookPage(BaseModel):
    """Every webhook there is."""

    items: list[WebhookDocument]
    next: None = None


class DeliveryDocument(BaseModel):
    """One message and what became of it."""

    id: UUID
    topic: str
    case_id: UUID | None
    position: str | None
    state: State
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    last_status: int | None
    last_error: str | None
    delivered_at: datetime | None


class DeliveryPage(BaseModel):
    """Some messages, the newest first, and the address of the next ones; null when there are no more."""

    items: list[DeliveryDocument]
    next: str | None


class DeliveryListing(BaseModel):
    """The page of a list of messages."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["pending", "delivered", "dead"] | None = None
    limit: int = Field(50, ge=1, le=MOST)
    cursor: str | None = Field(None, max_length=100, description="From `next` of the page before.")


class Since(Nothing):
    """From when on dead messages are sent again."""

    since: InFull = Field(alias="from", description="Messages made at this instant or later.")


class Replayed(BaseModel):
    """How many messages are sent again."""

    replayed: int


class _Sealed(Value):
    url: Kept[PersonalLine]
    description: Kept[PersonalLine] | None


def document(plaint: Plaint, webhook: Webhook) -> WebhookDocument:
    """Return *webhook* as its administrator sees it."""
    terms = webhook.in_force()
    sealed = _Sealed.model_construct(url=webhook.url, description=webhook.description)
    clear = plaint.showing.row(sealed, webhook.id)
    ending = [each.until for each in webhook.signing(plaint.now()) if each.until is not None]
    return WebhookDocument(
        id=webhook.id,
        version=webhook.version,
        url=shown(clear.url),
        description=None if clear.description is None else shown(clear.description),
        **terms.model_dump(exclude={"imports"}),
        imports=terms.imports,
        added_at=webhook.added_at,
        disabled=webhook.disabled,
        disabled_at=webhook.disabled_at,
        old_secret_until=max(ending, default=None),
    )


def delivery(row: Any) -> DeliveryDocument:
    """Return a message as it is kept, without its body."""
    facts = {name: getattr(row, name) for name in DeliveryDocument.model_fields if name != "position"}
    place = None if row.number is None else position(row.log, row.number)
    return DeliveryDocument.model_validate(facts | {"position": place})
