"""What psycopg waits for, waited for by the event loop itself.

Its own way of doing so makes a task and an event for every wait, which costs more than a thread.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from psycopg.waiting import Ready, Wait

if TYPE_CHECKING:
    from psycopg.abc import PQGen

R = TypeVar("R")


async def awaited(steps: PQGen[R], socket: int) -> R:
    """Return what *steps* return, which say what they wait for on *socket* to be ready."""
    loop = asyncio.get_running_loop()
    try:
        wanted = next(steps)
        while True:
            ready: asyncio.Future[Ready] = loop.create_future()
            if wanted & Wait.R:
                loop.add_reader(socket, _tell, ready, Ready.R)
            if wanted & Wait.W:
                loop.add_writer(socket, _tell, ready, Ready.W)
            try:
                came = await ready
            finally:
                if wanted & Wait.R:
                    loop.remove_reader(socket)
                if wanted & Wait.W:
                    loop.remove_writer(socket)
            wanted = steps.send(came)
    except StopIteration as end:
        return end.value


def _tell(ready: asyncio.Future[Ready], what: Ready) -> None:
    if not ready.done():
        ready.set_result(what)
