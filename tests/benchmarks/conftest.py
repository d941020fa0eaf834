"""Figures are shown at the end of the run, and the log of what was measured is not."""

from __future__ import annotations

import logging
from collections.abc import Generator

import pytest
import structlog

from tests.benchmarks.figures import SAID


@pytest.fixture(autouse=True)
def quiet() -> Generator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.configure(**before)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in SAID:
        terminalreporter.write_line(line)
