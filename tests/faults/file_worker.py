"""A worker of files and reactions in a process of its own, to be killed: ``python file_worker.py FOLDER [hang]``.

It prints a line for each file that it has taken; with ``hang`` it never comes back from the first.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from adapters.bootstrap import Plaint
from adapters.files.checking import Verdict, check
from adapters.settings import Settings

LASTS = 2
"""Seconds that looking at a file may take here, before another worker may take it."""


def main() -> None:
    """Look at files until somebody ends this process."""
    folder, hanging = Path(sys.argv[1]), "hang" in sys.argv
    plaint = Plaint.open(Settings(data=folder, public_url=None, file_scanning_seconds=LASTS))
    worker = plaint.attachments.workers[0]

    def telling(path: Path) -> Verdict:
        print("taken", flush=True)  # noqa: T201 - the test reads it
        while hanging:
            time.sleep(60)
        return check(path)

    worker._check = telling
    while True:
        plaint.views.catch_up()
        if not worker.round() + plaint.reactions.follower.follow():
            time.sleep(0.05)


if __name__ == "__main__":
    main()
