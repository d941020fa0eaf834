"""The files of cases: taken in, handed out, and destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from adapters.files.incoming import Incoming
from adapters.files.ports import FileStore, StoreAway, StoreFull
from adapters.files.sealing import KEY_BYTES, PREFIX_BYTES, opened
from adapters.together import Table
from adapters.vault.errors import VaultAway
from domain.attachments.errors import FileGone
from domain.attachments.limits import QUEUED_LASTS
from domain.attachments.orders import Attach, Remove
from domain.case import Case
from domain.commands.linking import last
from domain.errors import DomainError
from domain.ids import log_of, new_id

if TYPE_CHECKING:
    from adapters.desk import Answer, Desk, Request
    from adapters.vault.filekeys import FileKeys
    from domain.attachments import File
    from domain.attachments.holding import Batch, NewFile, Reason

log = structlog.get_logger()


@dataclass(frozen=True)
class Sent:
    """A file that was sent: under what name, and as what."""

    file: Incoming
    name: str
    declared: str | None


class Files:
    """Takes files in for *desk*, keeps them in *store* under keys of their own, and hands them out."""

    def __init__(
        self,
        desk: Desk,
        store: FileStore,
        keys: FileKeys,
        folder: Path,
        *,
        queued_lasts: timedelta = QUEUED_LASTS,
        reserve: int = 0,
    ) -> None:
        self.desk, self.store, self.keys, self.folder = desk, store, keys, folder
        self.queued_lasts, self.reserve = queued_lasts, reserve

    def home(self, id: UUID) -> Case:
        """Return the case that takes the files sent to *id*: itself, or what it was merged into."""
        table = Table(self.desk.store, id)
        return last(table.case(id), table)

    def refuse_without_room(self) -> None:
        """Raise StoreFull while no more bytes are free in the data directory than the log has to itself."""
        if disk_usage(self.folder.parent).free < self.reserve:
            raise StoreFull("Little room is left in PLAINT_DATA, and the log needs it; make some.")

    def begin(self, case: UUID) -> Incoming:
        """Return a file that begins to come for *case*; it lies in the same log."""
        chance = self.desk.chance
        id = new_id(self.desk.now(), chance(10), log=log_of(case))
        return Incoming(id, case, chance(KEY_BYTES), chance(PREFIX_BYTES), self.folder)

    def attach(
        self,
        case: Case,
        sent: Sequence[Sent],
        batch: Batch,
        actor: str,
        request: Request | None = None,
        *,
        asked: UUID | None = None,
    ) -> tuple[Answer, Mapping[UUID, UUID | Reason]]:
        """Put those of *sent* on *case* that are not refused; say what became of each.

        They were sent to the case *asked*, which may go on in *case* only since the same was sent before.

        Sealed bytes and key are on the disk before the case says that it has the file; where it
        does not take it after all, both are destroyed again.
        """
        known = self.desk.store.load(type(case), case.id) or case
        first = self._answered_before(known, request, asked) if request else None
        if first is not None:
            return first, _as_before(self.holder(first.id), sent, batch)
        fresh = [each for each in sent if each.file.refusal is None]
        judged = known.judge((each.file.as_new(each.name, each.declared) for each in fresh), batch)
        wanted = [each for each in fresh if judged[each.file.id] == each.file.id]
        stored: dict[UUID, str] = {}
        try:
            for each in wanted:
                address = stored[each.file.id] = self.store.put(each.file.sealed())
                self.keys.keep(case.id, each.file.id, address, each.file.key)
            new = tuple(_new(each, stored) for each in fresh)
            order = Attach(new, batch, self.desk.now() + self.queued_lasts)
            answer = self.desk.command(case.id, order, actor, kind=type(case), request=request, sent_to=asked)
        except (DomainError, StoreAway, VaultAway):
            # Any other failure does not say whether the case has them: then the nightly job finds out.
            self.destroy(stored.values())
            raise
        judged = order.judged or judged
        self.destroy(address for id, address in stored.items() if judged[id] != id)
        return answer, judged

    def _answered_before(self, case: Case, request: Request, asked: UUID | None) -> Answer | None:
        """Return what the same request got on *case*, or on the case that it was sent to."""
        for id in dict.fromkeys((case.id, asked or case.id)):
            first = self.desk.first_answer(request, id, kind=type(case))
            if first is not None:
                return first
        return None

    def holder(self, id: UUID) -> Case:
        """Return the case *id* as it is, wherever it goes on."""
        found = self.desk.store.load_cases([id])[id]
        if not isinstance(found, Case):
            raise found
        return found

    def content(self, case: UUID, file: File) -> Iterator[bytes]:
        """Yield what *file* holds, opened chunk by chunk; the first chunk is at hand at once.

        Raises FileGone where its key was destroyed, VaultAway, StoreAway or SealBroken.
        """
        key = self.keys.find(case, file.id)
        if key is None:
            raise FileGone
        chunks = opened(self.store.open(file.address), key, case, file.id)
        return chain((next(chunks),), chunks)

    def remove(self, case: Case, file: UUID, reason: str, actor: str) -> Answer:
        """Take *file* off *case*, for good: first that is recorded, then key and bytes are destroyed."""
        held = case.files.get(file)
        answer = self.desk.command(case.id, Remove(file=file, reason=reason), actor, kind=type(case))
        self.destroy([held.address] if held else [])
        return answer

    def destroy(self, addresses: Iterable[str]) -> None:
        """Destroy keys and sealed bytes, the keys first; what cannot be had now, the nightly job destroys."""
        gone = list(addresses)
        if not gone:
            return
        try:
            self.keys.destroy(gone)
            for address in gone:
                self.store.delete(address)
        except (StoreAway, VaultAway) as error:
            log.warning("files_not_destroyed_yet", files=len(gone), error=type(error).__name__)


def _new(sent: Sent, stored: Mapping[UUID, str]) -> NewFile:
    new = sent.file.as_new(sent.name, sent.declared)
    return replace(new, address=stored.get(new.id, ""))


def _as_before(case: Case, sent: Sequence[Sent], batch: Batch) -> Mapping[UUID, UUID | Reason]:
    """Return what became of files that come again with the request that brought them."""
    seen = batch.visibility
    known = {file.sha256: file.id for file in case.files.values() if file.visibility == seen}
    fresh = (each.file.as_new(each.name, None) for each in sent if each.file.refusal is None)
    return {new.id: known.get(new.sha256, "too_many") for new in fresh}
