"""Other cases that a request concerns: found as whoever asks may see them, or not there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

from adapters.bootstrap import Plaint
from adapters.desk import Answer
from adapters.http import cases
from adapters.http.problems import Kind, Mistake, Problem
from adapters.http.schemas import HistoryItem
from adapters.together import lands
from domain.access import Principal
from domain.commands import Asked, MergeCases, UnmergeCases
from domain.errors import DomainError
from domain.linking.errors import MergedAway
from projections.case_file import CaseFile
from projections.linked import Relations
from projections.queue import CaseKind, QueueRow
from projections.replay import Replayed

A = TypeVar("A", bound=Asked)

PATHS: dict[str, str] = {"C": "/v1/complaints", "T": "/v1/tickets"}
NAMING = frozenset(
    {
        "other",
        "survivor",
        "into",
        "source",
        "to",
        "taken_from",
        "ticket",
        "complaint",
        "origin",
        "parent",
        "upload",
    }
)
"""The fields in which events name other cases."""
KINDS: tuple[CaseKind, ...] = ("complaint", "ticket")


def prepared(plaint: Plaint, who: Principal, asked: A, case: QueueRow, *, of_their_own: bool = False) -> A:
    """Return *asked* of *case* with the other case by its id; refuse one that is not there for *who*.

    What complainants send to the case that is theirs goes on wherever that does.
    """
    other = getattr(asked, "other", None)
    if isinstance(other, str):
        return asked.model_copy(update={"other": str(other_of(plaint, who, asked, other).id)})
    if of_their_own:
        return asked
    if case.merged_into is not None and (lands(asked) or isinstance(asked, UnmergeCases)):
        refuse_unless_workable(plaint, who, case, to_the_end=lands(asked))
    return asked


def other_of(plaint: Plaint, who: Principal, asked: Asked, text: str) -> QueueRow:
    """Return the other case of *asked*; a merge goes on to the end of its chain, where *who* works too."""
    found = named(plaint, who, text)
    if isinstance(asked, MergeCases):
        refuse_unless_workable(plaint, who, found, to_the_end=True)
    return found


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
            raise MergedAway(into.id, into.kind) if known_to(plaint, who, [into.id]) else MergedAway()
        row = following


def elsewhere(answer: Answer, asked: UUID) -> dict[str, Any]:
    """Return what an answer says besides that comes from another case than the one that was *asked*."""
    if answer.id == asked:
        return {}
    return {"location": f"{PATHS[answer.prefix]}/{answer.id}"}


def known_to(plaint: Plaint, who: Principal, ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of *ids* that exist for *who*: all that they are told of other cases goes through here.

    For a complainant these are cases of their own.  A case that the read models do not know yet is
    looked at by itself.
    """
    if not ids:
        return frozenset()
    rows = plaint.queries.rows(set(ids))
    known = {id for id, row in rows.items() if who.sees(id, row)}
    hidden, now = rows.keys() - known, plaint.now()
    opened = {
        file.id
        for file in (plaint.queries.files(hidden) if hidden else ())
        if any(grant.opens(who.sender, now) for grant in file.grants)
    }
    young = {id for id in set(ids) - rows.keys() if exists(plaint, who, id) is not None}
    return frozenset(known | opened | young)


def seen_by(known: Collection[UUID], relations: Relations) -> Relations:
    """Return *relations* without the cases that are not *known* to whoever reads."""
    origin = relations.split_from
    return Relations(
        links=tuple(each for each in relations.links if each.id in known),
        merged=tuple(id for id in relations.merged if id in known),
        split_into=tuple(each for each in relations.split_into if each.case in known),
        split_from=origin if origin is not None and origin.case in known else None,
    )


def named_by(then: Replayed) -> frozenset[UUID]:
    """Return the other cases of which the document of a case tells."""
    row, file = then.row, then.file
    if row is None or file is None:
        return frozenset()
    begun = file.intake
    named: list[UUID | None] = [*_of_row(row), _parent(file), *map(_other_of, file.life.corrections)]
    if begun is not None:
        named += [begun.redirected_to, begun.promoted_to, begun.origin]
    return frozenset({*filter(None, named), *_ids(file.relations)})


def as_known(then: Replayed, known: Collection[UUID]) -> Replayed:
    """Return *then* without the cases that are not *known* to whoever reads."""
    row, file = then.row, then.file
    if row is None or file is None or not (known or named_by(then)):
        return then
    begun, parent = file.intake, _parent(file)
    corrections = tuple(
        each if _other_of(each) in (None, *known) else {**each, "other": None}
        for each in file.life.corrections
    )
    changes: dict[str, Any] = {
        "relations": seen_by(known, file.relations),
        "life": file.life.model_copy(update={"corrections": corrections}),
    }
    if begun is not None:
        going = {name: getattr(begun, name) for name in ("redirected_to", "promoted_to", "origin")}
        hidden = {name: None for name, id in going.items() if id not in known}
        changes["intake"] = begun.model_copy(update=hidden)
    if parent is not None and parent not in known:
        changes["submission"] = {name: said for name, said in file.submission.items() if name != "parent"}
    shown = file.model_copy(update=changes)
    return then.model_copy(update={"row": listed(row, known), "file": shown})


def listed(row: QueueRow, known: Collection[UUID]) -> QueueRow:
    """Return *row* without the other cases that it names and that are not *known*."""
    changes: dict[str, Any] = {}
    if row.merged_into is not None and row.merged_into.id not in known:
        changes["merged_into"] = None
    if any(each.taken_from not in known for each in row.promises if each.taken_from):
        changes["promises"] = tuple(
            each if each.taken_from in known else each.model_copy(update={"taken_from": None})
            for each in row.promises
        )
    return row.model_copy(update=changes) if changes else row


def lists(plaint: Plaint, who: Principal, rows: Sequence[QueueRow]) -> list[QueueRow]:
    """Return *rows* as *who* sees them in a list: with the other cases that they may know of."""
    known = known_to(plaint, who, {id for row in rows for id in _of_row(row)})
    return [listed(row, known) for row in rows]


def _of_row(row: QueueRow) -> Iterator[UUID]:
    """Yield the other cases that *row* names."""
    if row.merged_into is not None:
        yield row.merged_into.id
    yield from (each.taken_from for each in row.promises if each.taken_from is not None)


def told_to(plaint: Plaint, who: Principal, items: Sequence[HistoryItem]) -> list[HistoryItem]:
    """Return *items* of a history without what they tell of cases that do not exist for *who*."""
    named = {id for item in items for id in _told(item).values()}
    known = known_to(plaint, who, named)
    return [_without(item, {name for name, id in _told(item).items() if id not in known}) for item in items]


def merged_into(plaint: Plaint, who: Principal, id: UUID) -> Iterator[QueueRow]:
    """Yield the cases that go on in the case *id*, and those that go on in them, as they exist for *who*."""
    yield from _within(plaint, who, cases.case_now(plaint, id))


def _within(plaint: Plaint, who: Principal, now: Replayed) -> Iterator[QueueRow]:
    """Yield what goes on in the case of *now*; each is looked at once, whether it exists for *who* or not."""
    for id in now.file.relations.merged if now.file else ():
        other = cases.case_now(plaint, id)
        if other.row is not None and cases.exists_for(plaint, who, other.row, cases.granted(other)):
            yield other.row
        yield from _within(plaint, who, other)


def exists(plaint: Plaint, who: Principal, id: UUID) -> Replayed | None:
    """Return the rows of the case *id* as it is now, None when it does not exist for *who*."""
    now = cases.case_now(plaint, id)
    return now if now.row is not None and cases.exists_for(plaint, who, now.row, cases.granted(now)) else None


def _ids(relations: Relations) -> Iterator[UUID]:
    yield from (each.id for each in relations.links)
    yield from relations.merged
    yield from (each.case for each in relations.split_into)
    if relations.split_from is not None:
        yield relations.split_from.case


def _parent(file: CaseFile) -> UUID | None:
    parent = file.submission.get("parent")
    return UUID(parent) if isinstance(parent, str) else None


def _other_of(correction: Mapping[str, Any]) -> UUID | None:
    """Return the case that what was recorded in error belongs to, where the *correction* says which."""
    other = correction.get("other")
    return UUID(other) if other else None


def _told(item: HistoryItem) -> dict[str, UUID]:
    """Return the other cases that *item* names, each by the field that does."""
    facts = {name: item.facts[name] for name in NAMING if isinstance(item.facts.get(name), str)}
    found: dict[str, UUID] = {}
    for name, text in facts.items():
        with suppress(ValueError):
            found[name] = UUID(text)
    return found


def _without(item: HistoryItem, names: Collection[str]) -> HistoryItem:
    if not names:
        return item
    facts = {name: fact for name, fact in item.facts.items() if name not in names}
    return item.model_copy(update={"facts": facts})
