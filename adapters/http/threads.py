"""Threads for what waits for a database: one way there and one back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def in_thread(answer: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """Return *answer* as something to be awaited, while one of the loop's threads gives it.

    FastAPI would hand it to one of anyio, which lets others have their turn three times on the way:
    each is a round of the loop, and each time the loop waits until the threads let it go on.
    """

    @wraps(answer)
    async def handed(*given: P.args, **named: P.kwargs) -> R:
        return await asyncio.to_thread(answer, *given, **named)

    return handed


def provide(workers: int) -> None:
    """Let the running loop have so many threads at most; they are made when they are needed."""
    threads = ThreadPoolExecutor(workers, thread_name_prefix="answering")
    asyncio.get_running_loop().set_default_executor(threads)
