"""Who gets a place for a stream: those who work here always, whoever comes by links while there is room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from adapters.bootstrap import Plaint
from adapters.live.client import Client
from adapters.live.hub import Full, Hub, TooMany
from adapters.live.tail import Wanted
from adapters.settings import Settings
from domain.access import Principal, Role

STAFF = Principal(id="anna", role=Role.SUPERVISOR)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    """Room for twenty streams, five for each principal."""
    plaint = Plaint.open(Settings(data=tmp_path, database_url=None))
    yield Hub(plaint.tail, plaint.feed.moved, most=20, each=5)
    plaint.close()


def guest(number: int) -> Principal:
    return Principal(id=f"complainant:{number}", role=Role.COMPLAINANT, cases=frozenset({UUID(int=number)}))


def leave(hub: Hub, who: Principal) -> None:
    hub.leave(Client(who, Wanted(), {}, key="", again=lambda: who))


def test_a_link_has_two_streams_and_a_principal_of_the_desk_as_many_as_are_set(hub: Hub):
    for _ in range(2):
        hub.enter(guest(1))
    with pytest.raises(TooMany):
        hub.enter(guest(1))
    for _ in range(5):
        hub.enter(STAFF)
    with pytest.raises(TooMany):
        hub.enter(STAFF)


def test_all_links_together_have_a_fifth_of_the_places(hub: Hub):
    """However many links somebody has made, four of the twenty places are theirs at most."""
    for number in range(4):
        hub.enter(guest(number))
    with pytest.raises(Full):
        hub.enter(guest(5))
    hub.enter(STAFF)
    leave(hub, guest(0))
    hub.enter(guest(5))
    with pytest.raises(Full):
        hub.enter(guest(6))

    for who in (*map(guest, (1, 2, 3, 5)), STAFF):
        leave(hub, who)
    assert hub.open == 0
    assert not hub._guests
