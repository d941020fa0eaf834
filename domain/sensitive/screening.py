"""What is asked of a case, looked at first: carried out, carried out and flagged, or refused on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from domain.kernel import Aggregate, Event
from domain.sensitive.events import IntakeValueRefused
from domain.sensitive.spots import Spot, refused

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class Watched(Protocol):
    """A case on which it is recorded what was refused and flagged."""

    version: int

    def refuse_values(self, spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        """Record each of *spots* as refused."""
        ...

    def flag_values(self, spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        """Record each of *spots* as one to keep an eye on."""
        ...


@dataclass(frozen=True)
class RefuseValues:
    """Record that something asked of a case was refused for what stands in it."""

    spots: tuple[Spot, ...]
    recalls = False

    def carry_out(self, case: Watched, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records."""
        case.refuse_values(refused(self.spots), by, rules)


@dataclass(frozen=True)
class Flagging:
    """Carry out *order*, and flag what stands in it; where it was no news, that is none either."""

    order: Any
    spots: tuple[Spot, ...]
    recalls: bool
    """Whether the order is held against personal text that was told before."""

    def carry_out(self, case: Watched, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        before = case.version
        self.order.carry_out(case, by, rules)
        if case.version > before:
            case.flag_values(self.spots, by, rules)


def screened(order: Any, found: tuple[Spot, ...], *, recalls: bool) -> Any:
    """Return what is asked of a case in place of *order*, in which *found* stands."""
    if refused(found):
        return RefuseValues(found)
    return Flagging(order, found, recalls) if found else order


class TurnedAway(Aggregate):
    """Something sent to begin a case that was refused: a stream of its own, with no state."""

    def evolve(self, event: Event) -> None:
        """Change nothing: what was refused has no life."""

    def refuse(self, form: str, channel: str, spots: tuple[Spot, ...], by: Context) -> None:
        """Record each of *spots* that is refused."""
        for spot in refused(spots):
            self.record(IntakeValueRefused, by, form=form, channel=channel, field=spot.field, kind=spot.kind)
