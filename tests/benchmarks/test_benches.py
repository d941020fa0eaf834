"""Benchmarks are run by hand: that each can be is tested here."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

BENCHES = sorted(file.stem for file in Path(__file__).parent.glob("bench_*.py"))


@pytest.mark.parametrize("name", BENCHES)
def test_what_a_benchmark_needs_is_installed(name: str):
    assert import_module(f"tests.benchmarks.{name}").__doc__
