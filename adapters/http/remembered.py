"""Documents of cases that were put together before, given again where they would be put together alike.

Of a case that is read twice with nothing written in between, nearly all of the second reading is the
work of the first.  What the document is made of is asked each time, so that it is never stale; whether
it exists for who asks is looked at each time, and that it is read is recorded.  What it shows in clear
is kept no longer than the keys that opened it: a key that is destroyed takes every document with it.

None of this waits for anything but the database, which the event loop does itself; whatever else there
is to wait for, or to say, is for a thread (`reading.one`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast
from uuid import UUID

from starlette.responses import Response

from adapters.bootstrap import Plaint
from adapters.duplicates import ALONE, COMPANY_OF, TELLING
from adapters.http import cases
from adapters.http.auth import Inquiry
from adapters.http.conditional import etag
from adapters.http.sight import Sights
from adapters.vault.recent import Recent
from adapters.views.told import Told
from domain.guarding import Grant
from domain.privacy import Withheld
from domain.reading import Part
from projections.queue import CaseKind, QueueRow
from projections.replay import Replayed

MOST, LARGEST = 2_048, 16_000
"""Documents that are kept, and bytes that one of them may have: 32 MB at most, 10 as a rule."""
WITHHELD = Withheld(withheld="sealed").model_dump_json()
"""Stands in a document for what could not be opened: it may be opened the next time."""

Key: TypeAlias = tuple[UUID, CaseKind, Sights]


@dataclass(frozen=True)
class Document:
    """A document as readers of the same sights get it, and what they have to be held against."""

    mark: bytes
    generation: int
    body: bytes
    row: QueueRow
    grants: tuple[Grant, ...]


class Remembered:
    """The documents of the cases of *plaint* that were read last."""

    def __init__(self, plaint: Plaint) -> None:
        self.plaint = plaint
        self._documents: Recent[Key, Document] = Recent(MOST)

    async def told(self, text: str) -> Told | None:
        """Return what is known now of the case with the id *text*, None where that takes a thread."""
        plaint = self.plaint
        if len(text) != 36 or not plaint.index_beside:
            return None
        try:
            id = UUID(text)
        except ValueError:
            return None
        last = plaint.store.last_version_of(id)
        return None if last is None else await plaint.queries.whole_at_once(id, last, COMPANY_OF)

    def again(self, by: Inquiry, id: UUID, kind: CaseKind, told: Told) -> Response | None:
        """Return the document of the case *id* where it is kept, and take down that it is read.

        A purpose is sealed for the record, and waited for.
        """
        document = None if by.purpose else self._documents.get((id, kind, by.sights))
        if document is None or document.mark != told.mark or document.generation != self._generation():
            return None
        row, plaint = document.row, self.plaint
        who = cases.opening(plaint, by.who, row, document.grants)
        if not who.sees(row.id, row):
            return None
        if not plaint.readings.record_at_once(who, row, Part.DOCUMENT, cases.request_id()):
            return None
        return cases.answer(document.body, etag=etag(row.version))

    def keep(self, then: Replayed, sights: Sights, told: Told, shown: str, generation: int | None) -> None:
        """Keep what was put together of *told* for readers of *sights*, unless time is in it.

        Its keys were those of the *generation* of the vault, None where that is not known.
        """
        row, lasting = then.row, all(pause.to for each in then.clocks for pause in each.clock.pauses)
        body = shown.encode()
        if row is None or not lasting or len(body) > LARGEST or WITHHELD in shown:
            return
        if generation is not None and generation == self._generation():
            document = Document(told.mark, generation, body, row, cases.granted(then))
            self._documents.put((row.id, row.kind, sights), document, generation)

    def _generation(self) -> int | None:
        """Return the generation of the vault, and forget what was opened with keys of another."""
        generation = self.plaint.vault.generation
        if generation not in (None, self._documents.generation):
            self._documents.clear(generation)
        return generation


def alone(told: Told, then: Replayed, submission: Mapping[str, Any]) -> bool:
    """Whether the index knows that no other case of the same person came about the same time.

    It knows by whom a case is from what was received, not from the fields of a ticket's form; and
    what was corrected it learns later than the case does.
    """
    fields = submission.get("fields")
    in_fields = isinstance(fields, dict) and not cast("dict[str, Any]", fields).keys().isdisjoint(TELLING)
    corrected = then.file is None or then.file.life.corrections
    return told.beside(1) == ALONE and not in_fields and not corrected
