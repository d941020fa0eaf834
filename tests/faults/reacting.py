"""A process that follows one reaction, and that can be told to end between an order and its cursor."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from adapters.reactions.cursors import Cursors
from adapters.reactions.follower import Follower
from tests.adapters.reactions.following import Desks, NoteWhatWasReceived

LASTS = timedelta(seconds=1)


class Dying(Cursors):
    """Cursors of a process that is killed when it would move one."""

    def move(self, log: int, moves: Mapping[str, tuple[int, int]]) -> None:
        del log, moves
        os.kill(os.getpid(), signal.SIGKILL)


class Running(Desks):
    """A desk at the time that it is."""

    def clock(self) -> datetime:
        return datetime.now(UTC)


def main(url: str, holder: str, kind: type[Cursors]) -> None:
    """Follow until everything that was there at the start is answered by somebody."""
    desks, reaction = Running(url, migrated=True), NoteWhatWasReceived()
    cursors = kind(desks.database, [reaction.NAME], holder=holder, now=desks.clock, lasts=LASTS)
    follower = Follower(desks.store, desks.desk, [reaction], cursors, now=desks.clock)
    ends = desks.store.ends()
    while any(each.number < ends[each.log] for each in cursors.places()):
        follower.follow()
        follower.let_go()
    desks.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Dying if sys.argv[3:] == ["dying"] else Cursors)
