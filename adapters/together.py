"""Commands that concern more than one case: all of them are loaded, asked, and saved by one append.

A command that is sent to a case which was merged into another lands on the survivor when it
brings what somebody said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast
from uuid import UUID

from pydantic import BaseModel

from domain.case import Case
from domain.commands import TicketCommand
from domain.commands.linking import Joint, last
from domain.errors import NotReceived
from domain.kernel import Aggregate, Context, Event
from domain.linking.errors import MergedAway
from domain.linking.safeguards import Order as Safeguarding
from domain.linking.safeguards import carry_on
from domain.policies import Rulebook
from domain.privacy import says_personal
from domain.sensitive import Spot
from domain.ticket import Ticket

if TYPE_CHECKING:
    from adapters.eventstore.store import CaseStore


class Order(Protocol):
    """Something that can be asked of a case."""

    def carry_out(self, case: Any, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*, of the kind that the command was sent to; it records, refuses or ignores."""
        ...


@dataclass
class Table:
    """The cases that lie on the table beside the one that a command was sent to."""

    store: CaseStore
    asked: UUID
    opened: bool = False
    others: dict[UUID, Case] = field(default_factory=dict[UUID, Case])
    begun: set[UUID] = field(default_factory=set[UUID])

    def case(self, id: UUID, /) -> Case:
        """Return another case, loaded once."""
        if id not in self.others:
            found = self.store.load_cases([id], opened=self.opened).get(id)
            if found is None:
                raise NotReceived
            if isinstance(found, Exception):
                raise found
            self.others[id] = found
        return self.others[id]

    def history(self) -> Sequence[Event]:
        """Return the events of the case that the command was sent to, oldest first, opened."""
        return self.store.history(self.asked)

    def begin(self, case: Case, /) -> None:
        """Put a new case on the table."""
        self.others[case.id] = case
        self.begun.add(case.id)


@dataclass(frozen=True)
class CarriedOut:
    """What a command led to: the case to answer with, and the others that may have recorded something."""

    case: Aggregate
    others: tuple[Aggregate, ...] = ()
    begun: bool = False


def carry_out(
    store: CaseStore,
    command: Order | Joint,
    case: Aggregate,
    by: Context,
    rules: Rulebook,
    *,
    flagged: tuple[Spot, ...] = (),
) -> CarriedOut:
    """Ask *case*, and whichever others *command* concerns; nothing is saved yet.

    Where it was news, it is recorded too that what was told holds each of *flagged*.
    """
    done = _carried_out(store, command, case, by, rules)
    if flagged and isinstance(done.case, Case) and done.case.recorded:
        done.case.flag_values(flagged, by, rules)
    return done


def _carried_out(
    store: CaseStore, command: Order | Joint, case: Aggregate, by: Context, rules: Rulebook
) -> CarriedOut:
    if isinstance(command, Joint):
        table = Table(store, case.id, recalls(command))
        answering = command.carry_out(cast("Any", case), by, rules, table)
        others = tuple(each for each in (case, *table.others.values()) if each is not answering)
        return CarriedOut(answering, others, answering.id in table.begun)
    if lands(command) and isinstance(case, Case) and case.survivor is not None:
        survivor = last(case, Table(store, case.id, recalls(command)))
        if isinstance(command, TicketCommand) and not isinstance(survivor, Ticket):
            raise MergedAway(survivor.id, survivor.LINKING.kind)
        cast("Order", command).carry_out(survivor, by, rules)
        return CarriedOut(survivor)
    if passes_on(command) and isinstance(case, Case):
        table = Table(store, case.id, recalls(command))
        carry_on(cast("Safeguarding", command), case, table, by, rules)
        return CarriedOut(case, tuple(table.others.values()))
    command.carry_out(case, by, rules)
    return CarriedOut(case)


def lands(command: object) -> bool:
    """Whether *command* goes on to the survivor of a case that was merged into another."""
    return getattr(command, "LANDS", False) is True


def reaches_others(command: object) -> bool:
    """Whether *command* may change other cases than the one that it is sent to."""
    return isinstance(command, Joint) or lands(command) or passes_on(command)


def passes_on(command: object) -> bool:
    """Whether *command* changes what a case takes with it into the one in which it goes on."""
    return getattr(command, "PASSES_ON", False) is True


def kind_of(store: CaseStore, id: UUID, asked: UUID | None, kind: type[Aggregate]) -> type[Aggregate]:
    """Return what the case *id* is that a command sent to *asked*, of *kind*, was answered with."""
    if asked is None or id == asked:
        return kind
    found = store.load_cases([id], opened=False).get(id)
    return type(found) if isinstance(found, Case) else kind


def recalls(order: Order | Joint) -> bool:
    """Whether *order* is held against personal text that was told before: only then is it opened.

    An order may say so itself; another one is, where it brings such text.
    """
    said = getattr(order, "recalls", None)
    return said if isinstance(said, bool) else isinstance(order, BaseModel) and says_personal(order)


@dataclass
class Outcome:
    """What became of orders that were carried out together."""

    recorded: Counter[str] = field(default_factory=Counter[str])
    """Events, by topic."""
    failed: dict[UUID, Exception] = field(default_factory=dict[UUID, Exception])


class Recorded(Aggregate):
    """What a case has recorded, looked at before it is saved."""

    def __init__(self, case: Case) -> None:
        super().__init__(case.id)
        self.events = case.collect_events()

    def collect_events(self) -> list[Event]:
        return self.events
