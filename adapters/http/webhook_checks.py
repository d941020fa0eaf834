"""What is refused of a webhook before it is recorded, and of a message before it is sent again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from adapters.bootstrap import Plaint
from adapters.directory import knows_team
from adapters.http.problems import Kind, Mistake, Problem
from adapters.outbox.addresses import UrlRefused
from adapters.outbox.follower import FAMILIES, TOPICS
from domain.webhooks import Terms, Webhook
from projections import queue
from projections.queue import QueueRow


def refuse_address(plaint: Plaint, url: str) -> None:
    """Refuse an address that could not be called as things are."""
    try:
        plaint.outbox.guard.check(url)
    except UrlRefused as error:
        raise Problem(
            Kind.ADDRESS_REFUSED,
            str(error),
            errors=[Mistake(pointer="/url", detail=str(error), type="address_refused")],
        ) from None


def refuse_unknown_words(plaint: Plaint, terms: Terms) -> None:
    """Refuse a topic or a team that there is not: a typing mistake would keep a receiver silent."""
    for number, topic in enumerate(terms.topics):
        if not any(Terms(topics=(topic,)).want(each) for each in TOPICS):
            families = ", ".join(f"{each}.*" for each in sorted(FAMILIES))
            raise _unknown(
                f"/topics/{number}", f"There is no such topic; give one, or * or one of {families}."
            )
    if not all(knows_team(plaint, name) for name in terms.teams or ()):
        raise _unknown("/teams", "There is no such team; name others, or leave them out for every one.")


def still_told(plaint: Plaint, webhook: Webhook, ids: Collection[UUID]) -> set[UUID]:
    """Return those of the cases *ids* that *webhook* hears of as they are now."""
    rows = plaint.queries.rows(list(ids))
    scope = webhook.in_force().scope
    cases = {id: rows.get(id) or _folded(plaint, id) for id in ids}
    return {id for id, case in cases.items() if case is not None and scope.admits(case)}


def _folded(plaint: Plaint, id: UUID) -> QueueRow | None:
    """Return a case that the read models have not heard of yet."""
    row: QueueRow | None = None
    for number, event in plaint.store.numbered(id):
        row = queue.evolve(row, event, number)
    return row


def _unknown(pointer: str, detail: str) -> Problem:
    return Problem(Kind.RULE, detail, errors=[Mistake(pointer=pointer, detail=detail, type="unknown")])
