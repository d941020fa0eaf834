"""What is asked in place of something that holds a secret: that it was refused, on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from domain.kernel import Aggregate, Event
from domain.sensitive.events import IntakeValueRefused
from domain.sensitive.spots import Spot, refused

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook


class Watched(Protocol):
    """A case on which it is recorded what was refused and flagged."""

    def refuse_values(self, spots: tuple[Spot, ...], by: Context, rules: Rulebook) -> None:
        """Record each of *spots* as refused."""
        ...


@dataclass(frozen=True)
class RefuseValues:
    """Record that something asked of a case was refused for what stands in it."""

    spots: tuple[Spot, ...]
    recalls = False

    def carry_out(self, case: Watched, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records."""
        case.refuse_values(refused(self.spots), by, rules)


class TurnedAway(Aggregate):
    """Something sent to begin a case that was refused: a stream of its own, with no state."""

    def evolve(self, event: Event) -> None:
        """Change nothing: what was refused has no life."""

    def refuse(self, form: str, channel: str, spots: tuple[Spot, ...], by: Context) -> None:
        """Record each of *spots* that is refused."""
        for spot in refused(spots):
            self.record(IntakeValueRefused, by, form=form, channel=channel, field=spot.field, kind=spot.kind)
