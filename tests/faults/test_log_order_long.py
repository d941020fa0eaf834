"""The full drill: eight writers with pauses and rollbacks, tailed for half a minute, three runs.

A shorter one is among the ordinary tests.  `PLAINT_DRILLS=1` runs this one.
"""

from __future__ import annotations

import os

import pytest

from tests.adapters.log_writers import tail
from tests.conftest import not_run


@pytest.mark.parametrize("run", [1, 2, 3])
def test_a_reader_misses_nothing_for_long(run: int, postgres_url: str):
    if "PLAINT_DRILLS" not in os.environ:
        not_run("drills", "set PLAINT_DRILLS=1 to run the long ones")

    tailed = tail(postgres_url, 30, "head")

    assert tailed.stored == sum(map(len, tailed.seen.values())) > 5_000
    assert (tailed.missed, tailed.gaps, tailed.twice) == (0, 0, 0)
