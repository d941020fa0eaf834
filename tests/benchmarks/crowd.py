"""Processes that do the same thing at the same time, and are counted."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

import structlog

T = TypeVar("T")

Act: TypeAlias = Callable[[], object]
Make: TypeAlias = Callable[..., AbstractContextManager[Mapping[str, Act]]]
"""Given the number of a process and more, what that process can do, by name."""

TOGETHER = 0.05
"""Seconds from the last word to the processes until they begin."""
PATIENCE = 300.0
"""Seconds until a process that says nothing is thought dead."""


class Crowd:
    """*number* processes, each with what *make* gives it, that wait to be let loose."""

    def __init__(self, number: int, make: Make, *args: object) -> None:
        context = get_context("spawn")
        self._pipes: list[Any] = []
        self._processes: list[Any] = []
        for n in range(number):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, make, n, args), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def __enter__(self) -> Self:
        for pipe in self._pipes:
            _answer(pipe)
        return self

    def __exit__(self, *_: object) -> None:
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            if process.is_alive():
                pipe.send(None)
        for pipe, process in zip(self._pipes, self._processes, strict=True):
            process.join(timeout=30)
            pipe.close()
            if process.is_alive():
                process.kill()
                process.join()
            process.close()

    def rate(self, name: str, number: int, window: float) -> float:
        """Let *number* of the processes do *name* for *window* seconds; return how often a second they did."""
        start = time.monotonic() + TOGETHER
        some = self._pipes[:number]
        for pipe in some:
            pipe.send((name, start, window))
        return sum(_answer(pipe) for pipe in some)


def apart(act: Callable[..., T], *args: object) -> T:
    """Return what *act* returns in a process of its own, which has seen nothing before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=hush) as one:
        return one.submit(act, *args).result()


def peak_memory() -> float:
    """Return the most megabytes this process has held; what it was before it began is not counted.

    ``ru_maxrss`` would begin with what the process that started this one held.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("this system does not tell the peak of a process's memory")


def hush() -> None:
    """Keep what is measured from writing a log: nobody reads it, and both sides would pay for it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def _answer(pipe: Connection[Any, Any]) -> float:
    if not pipe.poll(PATIENCE):
        raise TimeoutError("a process does not answer")
    answer = pipe.recv()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _work(pipe: Connection[Any, Any], make: Make, number: int, args: Sequence[object]) -> None:
    hush()
    try:
        with make(number, *args) as acts:
            pipe.send(0.0)
            while (asked := pipe.recv()) is not None:
                name, start, window = asked
                pipe.send(_loose(acts[name], start, window))
    except Exception:  # noqa: BLE001 - whoever waits for us is told
        pipe.send(RuntimeError(traceback.format_exc()))


def _loose(act: Act, start: float, window: float) -> float:
    """Do *act* again and again from *start* on for *window* seconds; return how often a second."""
    while (left := start - time.monotonic()) > 0:
        time.sleep(left)
    count, end = 0, start + window
    while (now := time.monotonic()) < end:
        act()
        count += 1
    return count / (now - start)
