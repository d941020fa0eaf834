"""Who asks and which cases there are, for the tests of rights: one of each kind that can be hidden."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from httpx2 import Response
from starlette.requests import Request

from adapters import directory
from adapters.http import auth, stream
from domain import commands as c
from domain.access import Principal, Role, Sensitivity
from domain.clocks import bind, clock_id
from domain.directory import LegalEntity, entity_id
from domain.directory.orders import AddLegalEntity
from domain.ids import new_id
from domain.ticket import Ticket
from domain.ticket.request import Request as Asked
from tests.http.filing import put_file
from tests.http.server import serving
from tests.http.world import World

OWN, OTHER_TEAM, OTHER_ENTITY = "own", "other team", "other entity"
RESTRICTED, CONFIDENTIAL = "restricted", "confidential"
CASES: Mapping[str, tuple[str, str, Sensitivity]] = {
    OWN: ("complaints", "main", Sensitivity.NORMAL),
    OTHER_TEAM: ("payments", "main", Sensitivity.NORMAL),
    OTHER_ENTITY: ("complaints", "second", Sensitivity.NORMAL),
    RESTRICTED: ("complaints", "main", Sensitivity.RESTRICTED),
    CONFIDENTIAL: ("complaints", "main", Sensitivity.CONFIDENTIAL),
}
"""Every case by what sets it apart: its team, its legal entity, its sensitivity."""
EXISTS: Mapping[Role, frozenset[str]] = {
    Role.COMPLAINANT: frozenset({OWN}),
    Role.HANDLER: frozenset({OWN}),
    Role.SUPERVISOR: frozenset({OWN, OTHER_TEAM, RESTRICTED}),
    Role.AUDITOR: frozenset(CASES),
    Role.COMPLIANCE: frozenset(CASES),
    Role.ADMIN: frozenset(),
}
"""Which of them exist for whom: handler and supervisor are of the entity ``main``."""
NOWHERE = UUID("019e5048-3f00-8d2a-8c5b-000000000000")
PURPOSE = {"Purpose": "Sample of May, case 12 of 40"}


@dataclass
class Matrix:
    """A desk with the same five cases as complaints and as tickets, and one principal of each role."""

    world: World
    ids: Mapping[str, Mapping[str, UUID]]
    """By kind, then by what sets the case apart."""
    people: dict[str, Principal] = field(default_factory=dict[str, Principal])
    served: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def base(self) -> str:
        """The address at which the desk is served, from the first time that somebody asks for it."""
        return self.served.enter_context(serving(self.world)).base

    def ask(
        self, method: str, path: str, who: Principal | None, *, purpose: bool = True, **how: Any
    ) -> Response:
        """Send a request as *who*, with a purpose unless told otherwise, and a version that no case has."""
        headers = {"If-Match": '"999999"'} | (PURPOSE if purpose else {}) | how.pop("headers", {})
        if who is not None:
            self.people[who.id] = who
            headers["X-Principal"] = who.id
        return self.world.client.request(method, path, headers=headers, **how)

    def person(self, role: Role) -> Principal:
        """Return somebody of *role*."""
        own = frozenset(of_kind[OWN] for of_kind in self.ids.values())
        of_the_entity = role in {Role.HANDLER, Role.SUPERVISOR}
        return Principal(
            id=f"one-{role}",
            role=role,
            teams=("complaints",),
            legal_entities=("main",) if of_the_entity else (),
            cases=own if role is Role.COMPLAINANT else frozenset(),
        )


def acting(world: World) -> dict[str, Principal]:
    """Let requests to *world* come from whoever the header X-Principal names of what is returned."""
    people: dict[str, Principal] = {}

    def somebody(request: Request) -> Principal | None:
        return people.get(request.headers.get("x-principal", ""))

    def asking_again(request: Request) -> Callable[[], Principal]:
        return lambda: people[request.headers["x-principal"]]

    world.app.dependency_overrides[auth.somebody] = somebody
    world.app.dependency_overrides[stream.asking_again] = asking_again
    return people


Prepared: TypeAlias = tuple[Path, Mapping[str, Mapping[str, UUID]]]
"""A store with the five cases, to be copied, and their ids."""


def prepare(fresh: Path, folder: Path) -> Prepared:
    """Set up the cases in *folder*, from the new store *fresh*; each has a file to open and one to remove."""
    shutil.copytree(fresh, folder, dirs_exist_ok=True)
    world = World(folder)
    complaints = dict(_complaints(world))
    tickets = {name: _ticket(world, *CASES[name]) for name in CASES}
    for id in (*complaints.values(), *tickets.values()):
        put_file(world, id)
        put_file(world, id, "doomed")
    world.settle()
    world.close()
    return folder, {"complaint": complaints, "ticket": tickets}


@contextmanager
def matrix(prepared: Prepared, folder: Path) -> Generator[Matrix]:
    """Open a copy in *folder* of what was prepared."""
    store, ids = prepared
    shutil.copytree(store, folder, dirs_exist_ok=True)
    world = World(folder)
    world.chances = count(1_000)
    made = Matrix(world, ids, acting(world))
    with made.served:
        yield made
    world.close()


def add_entity(world: World, code: str) -> None:
    """Let the directory have the legal entity *code*."""
    directory.ask(world.plaint, LegalEntity, entity_id(code), AddLegalEntity(code=code), "setup")


def _complaints(world: World) -> Iterator[tuple[str, UUID]]:
    add_entity(world, "second")
    for name, (team, entity, sensitivity) in CASES.items():
        id = UUID(world.send(legal_entity=entity).json()["id"])
        if team != "complaints":
            world.plaint.desk.command(id, c.Assign(team=team), "setup")
        restricted = c.SetSensitivity(sensitivity=sensitivity, reason="set up")
        world.plaint.desk.command(id, restricted, "setup")
        yield name, id


def _ticket(world: World, team: str, legal_entity: str, sensitivity: Sensitivity) -> UUID:
    rules, by = world.plaint.desk.rules, world.plaint.desk.context("setup")
    case = Ticket(new_id(by.recorded_at, world.chance(10)))
    asked = Asked.model_validate(
        {"form": "itsm", "category": "42", "team": team, "legal_entity": legal_entity}
    )
    case.open(asked, by, rules, pins=bind(rules, [rules.regime("house")]))
    case.set_sensitivity(sensitivity, "set up", by, rules)
    world.plaint.store.append(case)
    return case.id


def clock_of(case: UUID) -> str:
    """Return the id of the clock that every case has."""
    return str(clock_id(case, "house", "acknowledgement", 1))
