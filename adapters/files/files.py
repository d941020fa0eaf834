"""The files of cases: taken in, handed out, and destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from adapters.files.incoming import Incoming
from adapters.files.ports import FileStore, StoreAway
from adapters.files.sealing import KEY_BYTES, PREFIX_BYTES, opened
from adapters.together import Table
from adapters.vault.errors import VaultAway
from domain.attachments.errors import FileGone
from domain.attachments.limits import QUEUED_LASTS
from domain.attachments.orders import Attach, Remove
from domain.commands.linking import last
from domain.errors import DomainError
from domain.ids import log_of, new_id

if TYPE_CHECKING:
    from adapters.desk import Answer, Desk, Request
    from adapters.vault.filekeys import FileKeys
    from domain.attachments import File
    from domain.attachments.holding import Batch, NewFile, Reason
    from domain.case import Case

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
    ) -> None:
        self.desk, self.store, self.keys, self.folder = desk, store, keys, folder
        self.queued_lasts = queued_lasts

    def home(self, id: UUID) -> Case:
        """Return the case that takes the files sent to *id*: itself, or what it was merged into."""
        table = Table(self.desk.store, id)
        return last(table.case(id), table)

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
    ) -> tuple[Answer, Mapping[UUID, UUID | Reason]]:
        """Put those of *sent* on *case* that are not refused; say what became of each.

        Sealed bytes and key are on the disk before the case says that it has the file; where it
        does not take it after all, both are destroyed again.
        """
        known = self.desk.store.load(type(case), case.id) or case
        first = self.desk.first_answer(request, case.id, kind=type(case)) if request else None
        if first is not None:
            return first, _as_before(known, sent)
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
            answer = self.desk.command(case.id, order, actor, kind=type(case), request=request)
        except (DomainError, StoreAway, VaultAway):
            # Any other failure does not say whether the case has them: then the nightly job finds out.
            self.destroy(stored.values())
            raise
        judged = order.judged or judged
        self.destroy(address for id, address in stored.items() if judged[id] != id)
        return answer, judged

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
        answer = self.desk.command(case.id, Remove(file, reason), actor, kind=type(case))
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


def _as_before(case: Case, sent: Sequence[Sent]) -> Mapping[UUID, UUID | Reason]:
    """Return what became of files that come again with the request that brought them."""
    known = {file.sha256: file.id for file in case.files.values()}
    fresh = (each.file.as_new(each.name, None) for each in sent if each.file.refusal is None)
    return {new.id: known.get(new.sha256, "too_many") for new in fresh}
