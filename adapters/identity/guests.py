"""What a link opens, complaint or ticket, and how one is handed out."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.identity.links import Link
from domain.access import Principal
from domain.commands import IssueLink
from domain.complaint import Complaint
from domain.invitation import Invited, LinkIssued

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from adapters.desk import Answer, Request
    from domain.kernel import Aggregate


def opens(plaint: Plaint, text: str) -> Principal | None:
    """Return who comes in by the link that *text* is, or None when it opens nothing now."""
    link = plaint.links.read(text)
    return link.principal if link is not None and alive(plaint, link) else None


def alive(plaint: Plaint, link: Link) -> bool:
    """Whether *link* still opens its case: it has not expired, and was not taken back."""
    if plaint.now() >= link.expires_at:
        return False
    case = plaint.store.load_begun(link.case, opened=False)
    return isinstance(case, Invited) and case.link_generation == link.generation


def issue(
    plaint: Plaint,
    id: UUID,
    command: IssueLink,
    actor: str,
    request: Request | None = None,
    *,
    kind: type[Aggregate] = Complaint,
) -> Answer:
    """Record that a link of the case *id*, which is of *kind*, is handed out."""
    answer = plaint.desk.command(id, command, actor, kind=kind, request=request)
    plaint.wake()
    return answer


def issued(plaint: Plaint, answer: Answer) -> Link:
    """Return the link whose record *answer* speaks of; a repeated request is answered the same."""
    found = [
        event
        for _, event in plaint.store.numbered(answer.id)
        if isinstance(event, LinkIssued) and event.originator_version <= answer.version
    ]
    return Link(answer.id, found[-1].expires_at, found[-1].generation)


def made_before(plaint: Plaint, id: UUID, expires_at: datetime) -> Link | None:
    """Return the first link of the case *id* that was made to open until *expires_at*, if there is one."""
    events = (event for _, event in plaint.store.numbered(id))
    made = (each for each in events if isinstance(each, LinkIssued) and each.expires_at == expires_at)
    return next((Link(id, each.expires_at, each.generation) for each in made), None)
