"""The full drill: three schedulers, one killed, 1,000 deadlines, three runs.

A smaller one is among the ordinary tests.  `PLAINT_DRILLS=1` runs this one.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.adapters.schedulers import three_of_which_one_dies
from tests.conftest import not_run


@pytest.mark.parametrize("run", [1, 2, 3])
def test_a_thousand_deadlines_fire_once_though_one_of_three_schedulers_dies(
    run: int, database_url: str, tmp_path: Path
) -> None:
    if "PLAINT_DRILLS" not in os.environ:
        not_run("drills", "set PLAINT_DRILLS=1 to run the long ones")

    cases, fired = three_of_which_one_dies(database_url, tmp_path, 1_000)

    assert fired == cases
