"""The streams of one process: no event is lost between them, and nobody waits for another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from threading import Event
from typing import cast

import pytest

from adapters.feed import Signal
from adapters.live import hub
from adapters.live.client import Client, Gone
from adapters.live.hub import Hub
from adapters.live.tail import Message, Places, Tail, Wanted
from domain.access import Principal, Role
from tests.adapters.test_reading import a_case

SUPERVISOR = Principal(id="eve", role=Role.SUPERVISOR)


class Numbers:
    """Stands for the logs: log 0 has as many events as *end* says, and a read can be held up."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.go, self.held = Event(), Event()
        self.go.set()

    def ends(self) -> dict[int, int]:
        return {0: self.end}

    def read(self, after: Places, stop: Places, limit: int) -> tuple[list[Message], dict[int, int]]:
        begin = after.get(0, 0)
        last = min(stop[0], begin + limit)
        self.held.set()
        assert self.go.wait(60)
        return [message(number) for number in range(begin + 1, last + 1)], {0: last}


def message(number: int) -> Message:
    return Message(log=0, number=number, topic="t", row=a_case(), data=f"[{number}]", public=None)


def a_hub(log: Numbers) -> Hub:
    return Hub(cast("Tail", log), Signal())


def a_client(streams: Hub, place: int, again: Callable[[], Principal] = lambda: SUPERVISOR) -> Client:
    streams.enter(SUPERVISOR)
    return Client(SUPERVISOR, Wanted(), {0: place}, key=str(place), again=again)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - what is waited for knows nothing of the loop
            await asyncio.sleep(0.01)


def numbers(frames: str) -> list[int]:
    return [int(line[7:-1]) for line in frames.splitlines() if line.startswith("data: ")]


def test_what_a_follower_of_before_still_says_is_told_to_nobody():
    """It would set back how far all was told, and who resumes then would miss what lies between."""

    async def run() -> list[int]:
        log = Numbers(0)
        streams = a_hub(log)
        first = a_client(streams, 0)
        await streams.begin(first)
        log.go.clear()
        log.held.clear()
        log.end = 3
        await until(log.held.is_set)  # the first follower has 1 to 3 in hand
        streams.leave(first)
        log.end = 10
        second = a_client(streams, 10)
        await streams.begin(second)
        log.go.set()
        await asyncio.sleep(0.1)  # for what the first one says
        third = a_client(streams, 5)
        await streams.begin(third)
        missed = ""
        while (part := await streams.past(third)) is not None:
            missed += part
        streams.end()
        streams.stop()
        return numbers(missed)

    assert asyncio.run(run()) == [6, 7, 8, 9, 10]


def test_a_reader_is_not_slow_because_the_event_loop_was():
    """While the loop does something else the follower reads no further than one batch."""

    async def run() -> tuple[list[int], str | None]:
        log = Numbers(0)
        streams = a_hub(log)
        client = a_client(streams, 0)
        await streams.begin(client)
        assert await streams.past(client) is None
        log.end = 5_000
        time.sleep(0.5)  # noqa: ASYNC251 - this is what is tested
        told: list[int] = []
        async with asyncio.timeout(60):
            while client.bye is None and len(told) < log.end:
                await client.news.wait()
                told += numbers(client.take())
        bye = client.bye
        streams.end()
        streams.stop()
        return told, bye

    assert asyncio.run(run()) == (list(range(1, 5_001)), None)


def test_many_streams_are_handed_what_is_new_in_turns(monkeypatch: pytest.MonkeyPatch):
    """So that a request which comes meanwhile is not kept until all of them have it."""
    monkeypatch.setattr(hub, "TURN", 2)

    async def run() -> tuple[list[list[int]], int]:
        log = Numbers(0)
        streams = a_hub(log)
        clients = [a_client(streams, 0) for _ in range(9)]
        for each in clients:
            await streams.begin(each)
            await streams.past(each)
        log.end, turns = 1, 0
        while not all(each.news.is_set() for each in clients):
            turns += any(each.news.is_set() for each in clients)
            await asyncio.sleep(0)
        told = [numbers(each.take()) for each in clients]
        streams.end()
        streams.stop()
        return told, turns

    told, turns = asyncio.run(run())
    assert told == [[1]] * 9
    assert turns >= 4


def test_who_may_read_is_asked_also_while_others_read_a_long_past(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hub, "CHECK", 0.05)

    def gone() -> Principal:
        raise Gone

    async def run() -> str | None:
        log = Numbers(10)
        streams = a_hub(log)
        readers = [a_client(streams, 0) for _ in range(3)]
        revoked = a_client(streams, 10, gone)
        log.go.clear()
        for each in (*readers, revoked):
            await streams.begin(each)
        reading = [asyncio.create_task(streams.past(each)) for each in readers]
        try:
            await until(lambda: revoked.bye)
        finally:
            log.go.set()
            await asyncio.gather(*reading)
            streams.end()
            streams.stop()
        return revoked.bye

    assert asyncio.run(run()) == "revoked"


def test_streams_end_when_an_older_log_is_restored_and_those_that_begin_then_miss_nothing():
    """Numbers that were told come again there, with other events."""

    async def run() -> tuple[list[str | None], str]:
        log = Numbers(10)
        streams = a_hub(log)
        told = a_client(streams, 10)
        await streams.begin(told)
        await streams.past(told)
        log.end = 4
        await until(lambda: told.bye)
        later = a_client(streams, 4)
        await streams.begin(later)  # while the one that ends has not left yet
        await streams.past(later)
        log.end = 6
        await until(later.news.is_set)
        news = later.take()
        streams.leave(told)
        streams.end()
        streams.stop()
        return [told.bye, later.bye], news

    byes, news = asyncio.run(run())
    assert byes == ["restored", "stopping"]
    assert numbers(news) == [5, 6]


def test_a_stream_is_not_handed_on_to_somebody_else():
    client = a_client(a_hub(Numbers(0)), 0)

    client.becomes(SUPERVISOR.model_copy(update={"teams": ("complaints",)}))
    assert (client.bye, client.who.teams) == (None, ("complaints",))

    client.becomes(SUPERVISOR.model_copy(update={"id": "anna"}))
    assert (client.bye, client.who.id) == ("revoked", "eve")
