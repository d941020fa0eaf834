"""What waits for a database waits in a thread of the loop's, as whoever asked."""

import asyncio
import threading
from contextvars import ContextVar
from inspect import signature

import pytest

from adapters.http.threads import in_thread, provide

ASKED: ContextVar[str] = ContextVar("asked")


def test_a_thread_answers_with_what_the_request_knows():
    """Its number is on every line of the log, and within the record of reading."""

    def answer(given: int, *, named: str) -> tuple[int, str, str, bool]:
        return given, named, ASKED.get(), threading.current_thread() is threading.main_thread()

    async def ask() -> object:
        ASKED.set("request-1")
        return await in_thread(answer)(1, named="two")

    assert asyncio.run(ask()) == (1, "two", "request-1", False)
    assert signature(in_thread(answer)) == signature(answer)


def test_what_a_thread_raises_is_raised_where_it_is_awaited():
    def fail() -> None:
        raise LookupError

    async def ask() -> None:
        with pytest.raises(LookupError):
            await in_thread(fail)()

    asyncio.run(ask())


def test_no_more_threads_answer_than_were_provided():
    """Two of three answers are given at once; the third begins when one of them ends."""
    both, names = threading.Barrier(2), set[str]()

    def answer(*, meet: bool) -> None:
        names.add(threading.current_thread().name)
        if meet:
            both.wait(60)

    async def ask() -> None:
        provide(2)
        await asyncio.gather(*(in_thread(answer)(meet=number < 2) for number in range(3)))

    asyncio.run(ask())
    assert names <= {"answering_0", "answering_1"}
