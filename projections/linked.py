"""What a case says of other cases: its links, where it goes on, and what goes on in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from domain.kernel import Event, Value
from domain.linking import events as e
from domain.linking.errors import number_of
from domain.privacy import Code, Public

LINKING = (*e.COMPLAINT_LINKING, *e.TICKET_LINKING)


class Known(Value):
    """Another case, by the number that whoever reads of it can look up."""

    id: UUID
    reference: Code
    kind: Annotated[e.OtherKind, Public()]


class LinkRow(Known):
    """A link: this case is a *link* of the other, or where *inverse* the other of this."""

    link: Annotated[e.LinkKind, Public()]
    inverse: bool


class SplitRow(Value):
    """What became of some of what was said: the case that it began, or where it comes from."""

    case: UUID
    versions: tuple[int, ...]


class Relations(Value):
    """All that a case says of others; those that go on in it stand in the order in which they came."""

    links: tuple[LinkRow, ...] = ()
    merged: tuple[UUID, ...] = ()
    split_into: tuple[SplitRow, ...] = ()
    split_from: SplitRow | None = None


def known(id: UUID, kind: e.OtherKind) -> Known:
    """Return the case *id* of *kind* as others name it."""
    return Known(id=id, reference=number_of(id, kind), kind=kind)


def standing(event: Event, status: str, before: str | None) -> Mapping[str, object] | None:
    """Return what *event* changes in where a case stands, None when it is about something else."""
    match event:
        case e.CaseMerged():
            into = known(event.survivor, event.survivor_kind)
            return {"status": "merged", "before_merge": status, "merged_into": into}
        case e.CaseUnmerged(was="merged"):
            return {"status": before or status, "before_merge": None, "merged_into": None}
        case _:
            return None


def related(relations: Relations, event: Event) -> Relations:
    """Return what the case says of others after *event*."""
    changes: dict[str, Any] = {}
    match event:
        case e.CaseLinked():
            changes["links"] = (*(each for each in relations.links if each != _link(event)), _link(event))
        case e.CaseUnlinked():
            changes["links"] = tuple(each for each in relations.links if each != _link(event))
        case e.CaseAbsorbed():
            changes["merged"] = (*relations.merged, event.other)
        case e.CaseUnmerged(was="survivor"):
            changes["merged"] = tuple(id for id in relations.merged if id != event.other)
        case e.CaseSplit():
            row = SplitRow(case=event.into, versions=event.versions)
            changes["split_into"] = (*relations.split_into, row)
        case e.CaseBegunBySplit():
            changes["split_from"] = SplitRow(case=event.source, versions=event.versions)
        case _:
            return relations
    return relations.model_copy(update=changes)


def _link(event: e.LinkEvent) -> LinkRow:
    other = known(event.other, event.other_kind)
    return LinkRow(**other.model_dump(), link=event.kind, inverse=event.inverse)
