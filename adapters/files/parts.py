"""The parts that files need, put together: what the rest of the desk knows of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.files.bucket import Bucket
from adapters.files.checking import Verdict, check
from adapters.files.clamav import Scanner
from adapters.files.files import Files
from adapters.files.orphans import Orphans
from adapters.files.passes import Passes
from adapters.files.queue import FileQueue
from adapters.files.reasons import Refusal
from adapters.files.storage import Folder
from adapters.files.worker import Check, FileWorker
from adapters.vault.filekeys import FileKeys
from scheduler.runner import Nightly

if TYPE_CHECKING:
    from adapters.desk import Desk
    from adapters.feed import Feed
    from adapters.files.ports import FileStore
    from adapters.leases import Leases
    from adapters.settings import Settings
    from adapters.vault.vault import Vault
    from adapters.views.engine import ViewEngine

ORPHANS = (3, 10)
"""Hour and minute, UTC, at which files that no case has are destroyed each night."""
SCRUB = (3, 40)
"""When the vault is scrubbed of what a process left that died between a destruction and its scrubbing."""
UPLOADS = "uploads"
"""The secret that signs the passes of whoever sent a case without signing in."""


class FileParts:
    """Files as they are taken in and handed out, and what works on them in the background."""

    def __init__(
        self, settings: Settings, desk: Desk, vault: Vault, *, views: ViewEngine, feed: Feed, leases: Leases
    ) -> None:
        self.queue = FileQueue(views.database)
        keys = FileKeys(vault)
        self.files = Files(
            desk,
            store_of(settings, keys),
            keys,
            settings.data / "passing",
            queued_lasts=timedelta(seconds=settings.file_queued_seconds),
            reserve=settings.file_reserve_megabytes * 1_000_000,
        )
        self.passes = Passes(lambda: vault.secret(UPLOADS), desk.now)
        scanner = None if settings.clamd is None else Scanner(settings.clamd)
        self.workers = [
            FileWorker(
                self.files,
                self.queue,
                check_of(scanner),
                feed.moved,
                now=desk.now,
                wake=feed.recorded.send,
                ready=scanner.ready if scanner else lambda: None,
                lasts=timedelta(seconds=settings.file_scanning_seconds),
                number=number,
            )
            for number in range(settings.file_workers)
        ]
        self.orphans = Orphans(self.files, self.queue, views, leases, desk.now)
        self.nightly = [
            Nightly("orphan-files", self.orphans.run, *ORPHANS),
            Nightly("vault-scrub", vault.scrub, *SCRUB),
        ]


def store_of(settings: Settings, keys: FileKeys) -> FileStore:
    """Return where the settings say that the files are kept which have *keys*."""
    return Bucket(settings.files_url) if settings.files_url else Folder(settings.data / "files", keys.exist)


def check_of(scanner: Scanner | None) -> Check:
    """Return how files are looked at: by their content, and by a scanner where there is one."""
    if scanner is None:
        return check

    def scanned(path: Path) -> Verdict:
        verdict = check(path)
        infected = verdict.accepted and scanner.infected(path)
        return Verdict(reason=Refusal.INFECTED) if infected else verdict

    return scanned
