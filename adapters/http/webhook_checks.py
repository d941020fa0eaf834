"""What is refused of a webhook before it is recorded: addresses, topics and teams that cannot be."""

from __future__ import annotations

from adapters.bootstrap import Plaint
from adapters.directory import known_teams
from adapters.http.problems import Kind, Mistake, Problem
from adapters.outbox.addresses import UrlRefused
from adapters.outbox.follower import FAMILIES, TOPICS
from domain.webhooks import Terms


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
    if terms.teams is not None and not known_teams(plaint).issuperset(terms.teams):
        raise _unknown("/teams", "There is no such team; name others, or leave them out for every one.")


def _unknown(pointer: str, detail: str) -> Problem:
    return Problem(Kind.RULE, detail, errors=[Mistake(pointer=pointer, detail=detail, type="unknown")])
