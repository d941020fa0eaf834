"""A request that cannot do without a file, over HTTP: what is needed and where to, and the way out."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

from domain.access import Role
from tests.http.filing import put_file
from tests.http.test_ticket_reactions import told
from tests.http.world import World

APPLICATION = json.loads((Path(__file__).parents[1] / "data" / "forms" / "job_application.json").read_text())


def test_a_required_file_is_told_of_waited_for_asked_for_and_taken(world: World):
    """The sender learns what is missing and where it goes, the desk sees it, and the ticket waits."""
    handler = world.token(Role.HANDLER, "complaints", "people")
    sent = world.client.post("/v1/tickets", json=APPLICATION).json()
    id = sent["id"]
    assert (sent["awaiting_files"], sent["upload"]["required"]) == (True, True)
    assert sent["files"] == ["Motivation letter, written by hand"]

    def seen() -> tuple[str, bool]:
        world.settle()
        ticket = world.get(f"/v1/tickets/{id}", handler).json()
        return ticket["status"], ticket["awaiting_files"]

    assert seen() == ("open", True)
    world.later(hours=25)
    for _ in range(2):
        world.plaint.deadlines.tick()
        assert seen() == ("pending", True)
    put_file(world, UUID(id))
    world.plaint.reactions.follower.follow()

    assert seen() == ("open", False)
    assert told(world, id)[-5:] == [
        "ticket.information_requested",
        "ticket.message_planned",
        "attachment.queued",
        "attachment.accepted",
        "ticket.information_supplied",
    ]
