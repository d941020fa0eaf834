"""A case with files: which it has, and which are still being looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import UUID

from domain.attachments import events as e
from domain.attachments import limits
from domain.attachments.errors import NoSuchFile, OnHold
from domain.attachments.file import File, Status, evolve
from domain.clocks import Promises
from domain.kernel import upon

if TYPE_CHECKING:
    from domain.kernel import Context
    from domain.policies import Rulebook

Reason: TypeAlias = Literal["too_many", "case_full"]
"""Why a case does not take a file that is nothing wrong with."""
TIMED_OUT = "timed_out"


@dataclass(frozen=True)
class NewFile:
    """A file that somebody wants on a case, read to its end; *address* is where it is kept, sealed."""

    id: UUID
    name: str
    declared: str | None
    size: int
    sha256: str
    address: str = ""


@dataclass(frozen=True)
class Batch:
    """What files come with: how they came, whether the complainant sees them, and how many may come so."""

    id: UUID
    origin: e.Origin
    visibility: e.Visibility
    most: int


class Attached(Promises):
    """A case with files.

    What stands too long is noticed (`notice_files`).  A file that is looked at again and again to no
    end is refused; one that nobody has looked at is kept, however long that takes.
    """

    def __init__(self, id: UUID) -> None:
        super().__init__(id)
        self.files: dict[UUID, File] = {}

    @property
    def in_flight(self) -> frozenset[UUID]:
        """The files that are neither accepted nor refused yet."""
        return frozenset(id for id, file in self.files.items() if file.in_flight)

    @property
    def on_hold(self) -> bool:
        """Whether everything of the case has to be kept."""
        return False

    @upon(e.AttachmentEvent)
    def _keep_file(self, event: e.AttachmentEvent) -> None:
        file = evolve(self.files.get(event.file_id), event)
        if file is not None:
            self.files[file.id] = file

    def judge(self, files: Iterable[NewFile], batch: Batch) -> Mapping[UUID, UUID | Reason]:
        """Return for each of *files* the file that it is, itself or the same that is here, or why not.

        The same file twice is one file, among those that the same people see; one that was refused
        or removed may come again.
        """
        held = [file for file in self.files.values() if file.held]
        here = {file.sha256: file.id for file in held if file.visibility == batch.visibility}
        came = sum(file.batch == batch.id for file in self.files.values())
        count, size = len(held), sum(file.size for file in held)
        judged: dict[UUID, UUID | Reason] = {}
        for file in files:
            if file.sha256 in here:
                judged[file.id] = here[file.sha256]
            elif came >= batch.most:
                judged[file.id] = "too_many"
            elif count >= limits.MOST_ON_A_CASE or size + file.size > limits.MOST_BYTES_ON_A_CASE:
                judged[file.id] = "case_full"
            else:
                judged[file.id] = here[file.sha256] = file.id
                came, count, size = came + 1, count + 1, size + file.size
        return judged

    def closed_to(self, batch: Batch) -> Reason | None:
        """Return why the case takes no new file with *batch*, whatever it is; None where it takes one."""
        judged = self.judge([NewFile(batch.id, "", None, 1, "")], batch)[batch.id]
        return judged if isinstance(judged, str) else None

    def attach(
        self, files: Iterable[NewFile], batch: Batch, until: datetime, by: Context
    ) -> Mapping[UUID, UUID | Reason]:
        """Record those of *files* that the case takes, and return what `judge` says of all."""
        files = tuple(files)
        judged = self.judge(files, batch)
        for file in files:
            if judged[file.id] == file.id:
                self.record(
                    e.AttachmentQueued,
                    by,
                    file_id=file.id,
                    visibility=batch.visibility,
                    name=file.name,
                    declared=file.declared,
                    size=file.size,
                    sha256=file.sha256,
                    address=file.address,
                    batch=batch.id,
                    origin=batch.origin,
                    until=until,
                )
        return judged

    def take_file(self, id: UUID, until: datetime, by: Context) -> bool:
        """Record that somebody looks at the file, if it waits for that; return whether it did."""
        file = self._file(id)
        if file.status is not Status.QUEUED:
            return False
        self._of(file, e.AttachmentScanning, by, attempt=file.attempts + 1, until=until)
        return True

    def accept_file(self, id: UUID, kind: e.Kind, by: Context) -> None:
        """Record that the file is what it may be; of one that is settled or gone that is no news."""
        file = self._file(id)
        if file.in_flight:
            self._of(file, e.AttachmentAccepted, by, kind=kind)

    def refuse_file(self, id: UUID, reason: str, by: Context) -> bool:
        """Record that the file is not handed out, unless it is settled or gone; say whether it was news."""
        file = self._file(id)
        if file.in_flight:
            self._of(file, e.AttachmentRefused, by, reason=reason)
        return file.in_flight

    def remove_file(self, id: UUID, reason: str, by: Context) -> None:
        """Record that the file is taken off the case; one that is gone already is no news.

        Refuses with `OnHold` while everything of the case has to be kept.
        """
        file = self._file(id)
        if not file.held:
            return
        if self.on_hold:
            raise OnHold
        self._of(file, e.AttachmentRemoved, by, reason=reason)

    def notice_files(self, now: datetime, by: Context) -> None:
        """Raise the alarm for each file that stands too long, and let it wait anew.

        At last one is refused that whoever looks at it comes to no end with.  That nobody has the
        time to look is no fault of a file: the alarm comes again, each time after twice as long.
        """
        for file in tuple(self.files.values()):
            if not file.overdue(now):
                continue
            looked_at = file.status is Status.SCANNING
            if looked_at and file.lost >= limits.RETRIES:
                self._of(file, e.AttachmentRefused, by, reason=TIMED_OUT)
                continue
            waits = file.patience * (1 if looked_at else 2 ** min(file.stalls, limits.MOST_DOUBLED))
            facts = {"phase": file.status, "times": file.stalls + 1, "until": now + waits}
            self._of(file, e.AttachmentStalled, by, **facts)

    def notice_timers(self, now: datetime, by: Context, rules: Rulebook) -> None:
        """Do what the timers of the case ask for that fell due by *now*, those of its files too."""
        super().notice_timers(now, by, rules)
        self.notice_files(now, by)

    def _file(self, id: UUID) -> File:
        file = self.files.get(id)
        if file is None:
            raise NoSuchFile
        return file

    def _of(self, file: File, event: type[e.AttachmentEvent], by: Context, **facts: Any) -> None:
        # No clock hears of it: `accepted` is a word of policies, for what the complainant does.
        self.record(event, by, file_id=file.id, visibility=file.visibility, **facts)
