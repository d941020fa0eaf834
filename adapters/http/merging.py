"""Links, merges and splits over HTTP: one route for each command that concerns two cases."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from adapters.bootstrap import Plaint
from adapters.http import cases, reading, schemas
from adapters.http.asking import Asking
from adapters.http.auth import App, Somebody, unauthenticated
from adapters.http.conditional import Body, IfMatch, Sent, answered, versions
from adapters.http.kinds import COMPLAINTS, TICKETS, KindOfCase
from adapters.http.late import Late
from adapters.http.openapi import TAG, WRITES, problems, takes
from adapters.http.others import elsewhere, known_to, other_of
from adapters.together import Table
from domain.commands import JOINT_COMMANDS, Joint, LinkCases, MergeCases, SplitCase, UnlinkCases, UnmergeCases
from domain.linking.plan import Party, Plan
from domain.privacy import PublicText

router = APIRouter(route_class=Late, tags=["commands"])

EXAMPLES: dict[type[Joint], dict[str, Any]] = {
    LinkCases: {"other": "C-0123456789A", "kind": "caused_by"},
    UnlinkCases: {"other": "C-0123456789A", "kind": "caused_by"},
    MergeCases: {"other": "C-0123456789A"},
    UnmergeCases: {},
    SplitCase: {"versions": [6, 7], "category": "fees", "reason": "The fee is another matter."},
}
PERSON = ("account_id", "account_email", "contact_email")
"""What tells one person from another where two cases say the same of it."""
DIFFERENT = "The cases name different people; make sure that both come from the same person."
PLANNED = "Merged, or with `dry_run=true` what the merge would do: nothing is recorded then."


class DryRun(BaseModel):
    """Whether to say what would be done, and to do nothing."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = Field(default=False, description="Answer with the plan and record nothing.")


class MergePlan(Plan):
    """What a merge would do, and what to look at before."""

    warnings: tuple[PublicText, ...] = ()


def _carries_out(kind: KindOfCase, command: type[Joint]) -> Callable[..., Response]:
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
        return _asked(Asking(plaint, who, kind, command), sent, id, if_match)

    return _named(carry_out, kind, command)


def _merges(kind: KindOfCase) -> Callable[..., Response]:
    def merge(
        plaint: App,
        who: Somebody,
        sent: Body,
        *,
        id: str,
        query: Annotated[DryRun, Query()],
        if_match: IfMatch = None,
    ) -> Response:
        if who is None:
            raise unauthenticated()
        asking = Asking(plaint, who, kind, MergeCases)
        if query.dry_run:
            return cases.written(_plan(asking, sent, id))
        return _asked(asking, sent, id, if_match)

    return _named(merge, kind, MergeCases)


def _asked(asking: Asking, sent: Sent, id: str, if_match: str | None) -> Response:
    plaint = asking.plaint
    with sent.alone(asking.who.sender) as request:
        asked = partial(sent.parsed, asking.command)
        answer = asking.first_answer(request, id, asked)
        if answer is None:
            answer = asking.answer(id, lambda: versions(if_match), asked, request)
            plaint.wake()
    there = elsewhere(answer, cases.case_id(plaint, id, asking.kind.name))
    location = reading.base(plaint) + there["location"] if there else None
    return answered(answer, location=location)


def _plan(asking: Asking, sent: Sent, id: str) -> MergePlan:
    """Return what the merge would do, also where a rule forbids it."""
    asking.refuse_unless_allowed()
    plaint, who, kind = asking.plaint, asking.who, asking.kind.name
    row = cases.workable(plaint, who, cases.case_id(plaint, id, kind), kind)
    asked = sent.parsed(MergeCases)
    other = other_of(plaint, who, asked, asked.other)
    asked = asked.model_copy(update={"other": str(other.id)})
    table, rules = Table(plaint.store, row.id, opened=True), plaint.desk.rules
    case: Any = table.case(row.id)
    found = asked.plan(case, plaint.desk.context(who.actor), rules, table)
    parties = (found.merged, found.survivor)
    known = known_to(plaint, who, {id for each in parties for id in _named_in(each)})
    shown: dict[str, Any] = {name: _party(getattr(found, name), known) for name in ("merged", "survivor")}
    return MergePlan(**{**dict(found), **shown}, warnings=tuple(_warnings(plaint, found)))


def _named_in(party: Party) -> tuple[UUID, ...]:
    return (*(each.other for each in party.links), *party.merged)


def _party(party: Party, known: Collection[UUID]) -> Party:
    """Return *party* without the cases that are not *known* to whoever asks."""
    links = tuple(each for each in party.links if each.other in known)
    merged = tuple(id for id in party.merged if id in known)
    return party.model_copy(update={"links": links, "merged": merged})


def _warnings(plaint: Plaint, plan: Plan) -> Iterator[str]:
    files = [cases.case_now(plaint, each.id).file for each in (plan.merged, plan.survivor)]
    one, other = (cases.shown_file(plaint, file).submission if file else {} for file in files)
    same = [_folded(one[name]) == _folded(other[name]) for name in PERSON if name in one and name in other]
    if same and not any(same):
        yield DIFFERENT


def _folded(value: object) -> object:
    return "".join(value.split()).casefold() if isinstance(value, str) else value


def _named(route: Callable[..., Response], kind: KindOfCase, command: type[Joint]) -> Callable[..., Response]:
    route.__name__, route.__doc__ = kind.done(f"{command.NAME}-case"), command.__doc__
    return route


DONE: dict[int | str, dict[str, Any]] = {200: {"description": "It is recorded.", "headers": TAG}}
WRITTEN = {"id": "019e5048-3f00-8100-8000-000000000001", "reference": "C-0123456789A"}
MERGED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": PLANNED,
        "headers": TAG,
        "content": {"application/json": {"example": WRITTEN | {"version": 5, "position": "00:1742"}}},
    }
}
BEGUN: dict[int | str, dict[str, Any]] = {
    200: {"description": "The case that the same began before.", "headers": TAG, "model": schemas.Written},
    201: {"description": "The new case.", "headers": TAG},
}

for kind in (COMPLAINTS, TICKETS):
    for command in JOINT_COMMANDS:
        planned = command is MergeCases
        told = MERGED if planned else DONE
        router.add_api_route(
            f"{kind.path}/{{id}}/{command.NAME}",
            _merges(kind) if planned else _carries_out(kind, command),
            methods=["POST"],
            status_code=201 if command is SplitCase else 200,
            response_model=schemas.Written | MergePlan if planned else schemas.Written,
            responses=(BEGUN if command is SplitCase else told) | problems(*WRITES),
            openapi_extra=takes(command, EXAMPLES[command]),
        )
