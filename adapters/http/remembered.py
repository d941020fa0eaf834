"""Documents of cases that were put together before, given again where they would be put together alike.

Of a case that is read twice with nothing written in between, nearly all of the second reading is the
work of the first.  A document says what the events of its case say, and nothing else: the last of them,
and which rows were made of them, is asked each time, so that it is never stale.  Whether the case exists
for who asks is looked at each time, and that it is read is recorded.  What a document shows in clear is
kept no longer than the keys that opened it: a key that is destroyed takes every document with it.

None of this waits for anything but the database, which the event loop does itself; whatever else there
is to wait for, or to say, is for a thread (`reading.one`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import UUID

from starlette.responses import Response

from adapters.bootstrap import Plaint
from adapters.duplicates import ALONE, COMPANY_OF, TELLING
from adapters.http import cases
from adapters.http.auth import Inquiry
from adapters.http.conditional import etag
from adapters.http.sight import Sights
from adapters.vault.recent import Recent
from domain.guarding import Grant
from domain.privacy import Withheld
from domain.reading import Part
from projections.armed import ARMED
from projections.case_file import CASE_FILE
from projections.queue import QUEUE, CaseKind, QueueRow
from projections.replay import Replayed

MOST, LARGEST = 2_048, 16_000
"""Documents that are kept, and bytes that each may take with its last event: 32 MB at most, 10 as a rule."""
WITHHELD = Withheld(withheld="sealed").model_dump_json()
"""Stands in a document for what could not be opened: it may be opened the next time."""
_MADE_OF = ", ".join(f"'{each.name}'" for each in (QUEUE, CASE_FILE, ARMED))
_BUILT = (
    "SELECT string_agg(concat_ws(' ', slot, started_at), ', ' ORDER BY projection) FROM generations "  # noqa: S608 - names of ours
    f"WHERE state = 'live' AND projection IN ({_MADE_OF})"
)
_ASKED = f"SELECT last.originator_version, last.state, ({_BUILT}), ({COMPANY_OF}) FROM ({{}}) AS last"  # noqa: S608 - ours

Key: TypeAlias = tuple[UUID, CaseKind, Sights]


class Told(NamedTuple):
    """What was told of a case just now."""

    version: int
    last: bytes
    """What its last event says, as it is stored: two of one version differ where a log was restored."""
    built: str | None
    """Which rows of it are read: what was built anew may say otherwise what was wrong before."""
    company: str | None

    def alone(self, then: Replayed, submission: Mapping[str, Any]) -> bool:
        """Whether the index knows that no other case of the same person came about the same time.

        It knows by whom a case is from what was received, not from the fields of a ticket's form; and
        what was corrected it learns later than the case does.
        """
        fields = submission.get("fields")
        in_fields = isinstance(fields, dict) and not cast("dict[str, Any]", fields).keys().isdisjoint(TELLING)
        corrected = then.file is None or then.file.life.corrections
        return self.company == ALONE and not in_fields and not corrected


@dataclass(frozen=True)
class Document:
    """A document as readers of the same sights get it, and what they have to be held against."""

    told: Told
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
        last = plaint.store.last_event_of(id)
        if last is None:
            return None
        found = await plaint.asked_database.answers_at_once(_ASKED.format(last), (id, id))
        return Told(*found[0]) if found else None

    def again(self, by: Inquiry, id: UUID, kind: CaseKind, told: Told) -> Response | None:
        """Return the document of the case *id* where it is kept, and take down that it is read.

        A purpose is sealed for the record, and waited for.
        """
        document = None if by.purpose else self._documents.get((id, kind, by.sights))
        if document is None or document.told != told or document.generation != self._generation():
            return None
        row, plaint = document.row, self.plaint
        who = cases.opening(plaint, by.who, row, document.grants)
        if not who.sees(row.id, row):
            return None
        if not plaint.readings.record_at_once(who, row, Part.DOCUMENT, cases.request_id()):
            return None
        return cases.answer(document.body, etag=etag(row.version))

    def keep(self, then: Replayed, sights: Sights, told: Told, shown: str, generation: int | None) -> None:
        """Keep what was put together for readers of *sights* as that of *told*, unless time is in it.

        Where something came in between it is never given: what is told of the case then is another.
        Its keys were those of the *generation* of the vault, None where that is not known.
        """
        row, body = then.row, shown.encode()
        if row is None or len(body) + len(told.last) > LARGEST or WITHHELD in shown:
            return
        if not all(pause.to for each in then.clocks for pause in each.clock.pauses):
            return
        if generation is not None and generation == self._generation():
            document = Document(told, generation, body, row, cases.granted(then))
            self._documents.put((row.id, row.kind, sights), document, generation)

    def _generation(self) -> int | None:
        """Return the generation of the vault, and forget what was opened with keys of another."""
        generation = self.plaint.vault.generation
        if generation not in (None, self._documents.generation):
            self._documents.clear(generation)
        return generation
