"""Other cases that a request concerns: found as whoever asks may see them, or not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID

from adapters.bootstrap import Plaint
from adapters.desk import Answer
from adapters.http import cases
from adapters.http.problems import Kind, Mistake, Problem
from adapters.together import lands
from domain.access import Principal
from domain.commands import Asked, UnmergeCases
from domain.errors import DomainError
from domain.linking.errors import MergedAway
from projections.linked import Relations
from projections.queue import CaseKind, QueueRow
from projections.replay import Replayed

A = TypeVar("A", bound=Asked)

PATHS: dict[str, str] = {"C": "/v1/complaints", "T": "/v1/tickets"}
KINDS: tuple[CaseKind, ...] = ("complaint", "ticket")


def prepared(plaint: Plaint, who: Principal, asked: A, case: QueueRow) -> A:
    """Return *asked* of *case* with the other case by its id; refuse one that is not there for *who*."""
    other = getattr(asked, "other", None)
    if isinstance(other, str):
        found = named(plaint, who, other)
        return asked.model_copy(update={"other": str(found.id)})
    if case.merged_into is not None and (lands(asked) or isinstance(asked, UnmergeCases)):
        refuse_unless_workable(plaint, who, case, to_the_end=lands(asked))
    return asked


def named(plaint: Plaint, who: Principal, text: str) -> QueueRow:
    """Return the row of the case of either kind that *text*, an id or a reference, stands for."""
    for kind in KINDS:
        try:
            return cases.workable(plaint, who, cases.case_id(plaint, text, kind), kind)
        except DomainError:
            continue
    detail = "There is no such case; give the id or the reference of one that you may work on."
    raise Problem(Kind.NOT_FOUND, detail, errors=[Mistake(pointer="/other", detail=detail, type="unknown")])


def refuse_unless_workable(plaint: Plaint, who: Principal, case: QueueRow, *, to_the_end: bool) -> None:
    """Refuse what reaches a survivor that is not there for *who*; of a chain, up to its end."""
    row = case
    while row.merged_into is not None and (to_the_end or row is case):
        into = row.merged_into
        following = cases.case_now(plaint, into.id).row
        if following is None or not who.scope.admits(following):
            raise MergedAway(into.id, into.kind)
        row = following


def elsewhere(answer: Answer, asked: UUID) -> dict[str, Any]:
    """Return what an answer says besides that comes from another case than the one that was *asked*."""
    if answer.id == asked:
        return {}
    return {"location": f"{PATHS[answer.prefix]}/{answer.id}"}


def seen_by(plaint: Plaint, who: Principal, relations: Relations) -> Relations:
    """Return *relations* without the cases that do not exist for *who*."""
    there = {id for id in set(_ids(relations)) if exists(plaint, who, id) is not None}
    origin = relations.split_from
    return Relations(
        links=tuple(each for each in relations.links if each.id in there),
        merged=tuple(id for id in relations.merged if id in there),
        split_into=tuple(each for each in relations.split_into if each.case in there),
        split_from=origin if origin is not None and origin.case in there else None,
    )


def merged_into(plaint: Plaint, who: Principal, id: UUID) -> Iterator[QueueRow]:
    """Yield the cases that go on in the case *id*, and those that go on in them, as they exist for *who*."""
    now = cases.case_now(plaint, id)
    for other in now.file.relations.merged if now.file else ():
        found = exists(plaint, who, other)
        if found is not None and found.row is not None:
            yield found.row
        yield from merged_into(plaint, who, other)


def exists(plaint: Plaint, who: Principal, id: UUID) -> Replayed | None:
    """Return the rows of the case *id* as it is now, None when it does not exist for *who*."""
    now = cases.case_now(plaint, id)
    return now if now.row is not None and cases.exists_for(plaint, who, now.row, now.file) else None


def _ids(relations: Relations) -> Iterator[UUID]:
    yield from (each.id for each in relations.links)
    yield from relations.merged
    yield from (each.case for each in relations.split_into)
    if relations.split_from is not None:
        yield relations.split_from.case
