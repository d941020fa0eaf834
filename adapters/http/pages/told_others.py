"""What a case has to do with other cases and with issues, told in words."""

from __future__ import annotations

from typing import TypeAlias

from adapters.http.pages.told import Told
from adapters.http.pages.words import plain
from domain.issues.joined import IssueLinked, IssueUnlinked
from domain.kernel import Event
from domain.linking import events as e
from domain.linking.errors import number_of

LINKS: dict[tuple[e.LinkKind, bool], str] = {
    ("duplicate", False): "Duplicate of",
    ("duplicate", True): "Has the duplicate",
    ("related", False): "Related to",
    ("related", True): "Related to",
    ("caused_by", False): "Caused by",
    ("caused_by", True): "Caused",
    ("follow_up", False): "Follows",
    ("follow_up", True): "Followed by",
}
"""What a link says of the other case, and, where it is inverse, the other of this one."""
Joining: TypeAlias = (
    e.LinkEvent
    | e.CaseMerged
    | e.CaseAbsorbed
    | e.CaseUnmerged
    | e.CaseSplit
    | e.CaseBegunBySplit
    | e.CaseSafeguardsCarried
    | IssueLinked
    | IssueUnlinked
)


def tell_joining(event: Joining) -> Told:
    """Return in words that a case was linked, merged, split, or given to an issue."""
    match event:
        case e.LinkEvent():
            other = number_of(event.other, event.other_kind)
            undone = "No longer: " if isinstance(event, e.CaseUnlinked) else ""
            return Told(f"{undone}{LINKS[event.kind, event.inverse]} {other}")
        case e.CaseMerged():
            return Told(f"Merged into {number_of(event.survivor, event.survivor_kind)}")
        case e.CaseAbsorbed():
            return Told(f"{number_of(event.other, event.other_kind)} was merged into this case")
        case e.CaseUnmerged():
            return Told(f"Parted again from {number_of(event.other, event.other_kind)}")
        case e.CaseSplit():
            into = number_of(event.into, _kind(event))
            return Told(f"Split: {into}", plain(event.reason))
        case e.CaseBegunBySplit():
            return Told(f"Split off from {number_of(event.source, _kind(event))}")
        case e.CaseSafeguardsCarried():
            return Told("Safeguards came with another case", _safeguards(event))
        case IssueLinked():
            return Told("Linked to an issue", "It meets the rule of the issue." if event.by_rule else "")
        case IssueUnlinked():
            return Told("Taken away from an issue")


def _kind(event: Event) -> e.OtherKind:
    """Return the kind of case that *event* is of; what is split off is of the same kind."""
    return "ticket" if event.TOPIC.startswith("ticket.") else "complaint"


def _safeguards(event: e.Carried) -> str:
    """Return which holds there are because of another case, and who is complained of there."""
    said = {"Holds": event.holds, "Complained of": event.complained_of, "Decided": event.former_deciders}
    return " ".join(f"{name}: {', '.join(each)}." for name, each in said.items() if each) or "None any more."
