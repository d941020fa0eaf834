"""Cases as one reader may see them: found, replayed, and written out.

One case is read from the read models, and what the log holds beyond them is folded
on top: it is never stale, whoever asks, and its ETag is the version that was read.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID

import structlog
from pydantic import BaseModel
from starlette.responses import Response

from adapters.bootstrap import Plaint
from adapters.eventstore.tables import position, reached
from adapters.http import schemas
from adapters.http.auth import Inquiry
from adapters.http.beginnings import of_complaint, of_ticket
from adapters.http.life_schemas import shown_life
from adapters.http.problems import Kind, Mistake, Problem
from adapters.http.sight import Sights, narrowed
from adapters.views.engine import reaches
from domain.access import Principal, Sight
from domain.clock_view import ClockView, Explanation, explained, view
from domain.complaint.corrected import marked_in_error
from domain.complaint.events import Received
from domain.disclosure import concerns, seen
from domain.errors import DomainError, NotOpened, NotReceived, UnknownClock
from domain.guarding import Grant
from domain.ids import log_of, normal_reference
from domain.kernel import Event
from domain.privacy import Withheld, shown
from domain.reading import Part
from domain.ticket.events import Opened
from domain.tongues import Language
from projections.case_file import CaseFile
from projections.projection import changed
from projections.queue import QUEUE, CaseKind, QueueRow
from projections.replay import Replayed, fold, until

PATIENCE = 2.0
"""Seconds for which a read waits for what it was asked to see."""
LOOK_AGAIN = 0.05
SAFEGUARDS = ("holds", "complained_of")
"""What the document of a ticket says of the parts that a complaint has besides."""
APART = frozenset({"id", "reference", "team", "grants", "relations", "intake", "life"})
"""What the file of a case has that its document does not say, or says otherwise."""
UNTOLD = frozenset({"number", "promises", "before_merge", "lent"})
"""What the row of a case has that no list says."""


def wait_for_views(plaint: Plaint, after: str | None, *names: str) -> None:
    """Wait until the read models called *names* have reached *after*."""
    if after is not None and not plaint.views.wait_for(_wanted(plaint, after), PATIENCE, names):
        raise _not_yet()


def wait_for_log(plaint: Plaint, after: str | None) -> None:
    """Wait until the log itself has reached *after*."""
    if after is not None:
        wanted, end = _wanted(plaint, after), time.monotonic() + PATIENCE
        while not reaches(plaint.store.ends(), wanted):
            if time.monotonic() >= end:
                raise _not_yet()
            time.sleep(LOOK_AGAIN)


def begun(plaint: Plaint, after: str | None) -> dict[int, int]:
    """Return where in each log to go on after *after*; refuse what lies beyond the end of a log."""
    places = {} if after is None else _wanted(plaint, after)
    if not reaches(plaint.store.ends(), places):
        detail = "after: It lies beyond the end of the log; begin again from a position that is there."
        raise Problem(
            Kind.INVALID, detail, errors=[Mistake(parameter="after", detail=detail, type="beyond_the_end")]
        )
    return {log: number for log, number in places.items() if number}


def _wanted(plaint: Plaint, after: str) -> dict[int, int]:
    """Return the number for each log that *after* names; refuse a log that there is not."""
    places = reached(after)
    if not places.keys() <= set(plaint.store.logs):
        detail = "after: There is no such log; give a position that the API has answered."
        raise Problem(
            Kind.INVALID, detail, errors=[Mistake(parameter="after", detail=detail, type="value_error")]
        )
    return places


def _not_yet() -> Problem:
    return Problem(Kind.NOT_YET, headers={"Retry-After": "1"})


def case_id(plaint: Plaint, text: str, kind: CaseKind = "complaint") -> UUID:
    """Return the id that *text*, an id or a reference of a case of *kind*, stands for."""
    try:
        id = UUID(text) if len(text) in {32, 36} else _by_reference(plaint, text)
    except ValueError:
        id = None
    if id is None:
        raise missing(kind)
    return id


def _by_reference(plaint: Plaint, text: str) -> UUID | None:
    reference = normal_reference(text) if len(text) <= 32 else None
    if reference is None:
        return None
    # Whether it is there, is hidden or is not, everybody waits alike, so that nothing is learnt from it.
    plaint.views.wait_for(plaint.store.ends(), PATIENCE, [QUEUE.name])
    row = plaint.queries.case_by_reference(reference)
    return row.id if row else None


def case_now(plaint: Plaint, id: UUID) -> Replayed:
    """Return the rows of one case as it is now; empty when there is none."""
    beside = plaint.store.last_version_of(id) if plaint.side_by_side else None
    kept, last = plaint.queries.whole_beside(id, beside)
    version = kept.row.version if kept.row else 0
    if last is not None and int(last) == version:
        return kept
    return fold(plaint.store.numbered(id, beyond=version), kept)


def visible(plaint: Plaint, who: Principal, id: UUID, kind: CaseKind = "complaint") -> Replayed:
    """Return the rows of one case as it is now, when it is of that *kind* and exists for *who*.

    One that is hidden is answered as one that is not there; one that *who* opened in an
    emergency is there until their hour has passed.
    """
    now = case_now(plaint, id)
    if now.row is None or now.row.kind != kind or not exists_for(plaint, who, now.row, granted(now)):
        raise missing(kind)
    return now


def granted(now: Replayed) -> tuple[Grant, ...]:
    """Return to whom the case was opened in an emergency."""
    return now.file.grants if now.file else ()


def exists_for(plaint: Plaint, who: Principal, row: QueueRow, grants: Iterable[Grant]) -> bool:
    """Whether *who* may read the case by name: within their scope, their own, or opened in an emergency."""
    return opening(plaint, who, row, grants).sees(row.id, row)


def opening(plaint: Plaint, who: Principal, row: QueueRow, grants: Iterable[Grant]) -> Principal:
    """Return *who*, with the case open to them by name while it is opened to them in an emergency."""
    now = plaint.now()
    return who.opening(row.id) if any(grant.opens(who.sender, now) for grant in grants) else who


def missing(kind: CaseKind) -> DomainError:
    """Return what is said of a case that is not there, or not for whoever asks."""
    return NotReceived() if kind == "complaint" else NotOpened()


def workable(plaint: Plaint, who: Principal, id: UUID, kind: CaseKind = "complaint") -> QueueRow:
    """Return the row of one case as it is now, when it is of that *kind* and within the scope of *who*.

    What is open to them by name alone can be read, not changed.
    """
    row = visible(plaint, who, id, kind).row
    if row is None or not who.scope.admits(row):
        raise missing(kind)
    return row


def their_own(plaint: Plaint, who: Principal, id: UUID, kind: CaseKind = "complaint") -> QueueRow:
    """Return the row of the case as it is now that is the complainant's own, opened by name."""
    row = visible(plaint, who, id, kind).row
    if row is None or row.id not in who.cases:
        raise missing(kind)
    return row


def request_id() -> str | None:
    """Return the number of the request that is being answered."""
    return structlog.contextvars.get_contextvars().get("request_id")


class Reading:
    """One case as somebody reads it now, or as it was; that it is read is recorded first.

    *who* they are, and for what *purpose* they read.
    """

    def __init__(
        self,
        plaint: Plaint,
        by: Inquiry,
        text: str,
        kind: CaseKind = "complaint",
        *,
        part: Part = Part.DOCUMENT,
    ) -> None:
        self.plaint, self.now = plaint, plaint.now()
        self.who, self.purpose, self.sights = by.who, by.purpose, by.sights
        self.id = case_id(plaint, text, kind)
        self._current = visible(plaint, by.who, self.id, kind)
        row = self._current.row
        if row is not None and by.purpose is None and by.who.owes_a_purpose(row):
            raise Problem(Kind.PURPOSE_REQUIRED)
        if row is not None:
            who = opening(plaint, by.who, row, granted(self._current))
            plaint.readings.record(who, row, part, by.purpose, request_id())

    @cached_property
    def events(self) -> list[tuple[int, Event]]:
        """Everything that happened to the case, each event with its number."""
        return self.plaint.store.numbered(self.id)

    def replayed(self, as_of: datetime | None = None, known_at: datetime | None = None) -> Replayed:
        """Return the rows of the case as of then; refuse a time before its receipt, or yet to come."""
        if as_of is None and known_at is None:
            return self._current
        for name, at in (("as_of", as_of), ("known_at", known_at)):
            if at is not None and at > self.now:
                detail = f"{name}: This lies in the future; give an instant that has passed."
                raise Problem(
                    Kind.INVALID,
                    detail,
                    errors=[Mistake(parameter=name, detail=detail, type="in_the_future")],
                )
        kept = {id(e) for e in until((e for _, e in self.events), as_of=as_of, known_at=known_at)}
        then = fold((number, event) for number, event in self.events if id(event) in kept)
        if then.row is None:
            raise Problem(Kind.NOT_FOUND, "The case had not been received by then.")
        return then

    def clocks(self, then: Replayed, as_of: datetime | None = None) -> list[ClockView]:
        """Return the clocks in full, in the order in which they are shown."""
        rules = self.plaint.desk.rules
        return [view(each.clock, rules, as_of=as_of or self.now) for each in then.clocks]

    def explanation(self, text: str, as_of: datetime | None, language: Language) -> Explanation:
        """Return one clock with its working and its past."""
        for each in self.replayed(as_of).clocks:
            if str(each.id) == text.lower():
                events = map(
                    self.plaint.showing.event, until((event for _, event in self.events), as_of=as_of)
                )
                rules, then = self.plaint.desk.rules, as_of or self.now
                found = explained(each.id, events, rules, as_of=then, language=language)
                if found is not None:
                    return found
        raise UnknownClock


def summary(row: QueueRow) -> schemas.CaseSummary:
    """Return a case as a list shows it."""
    return schemas.CaseSummary.model_validate(_summary(row))


def shown_file(plaint: Plaint, file: CaseFile) -> CaseFile:
    """Return *file* with what is personal as its reader gets it, the submission as JSON."""
    submission = plaint.showing.document(file.submission, file.id)
    return changed(plaint.showing.row(file, file.id), {"submission": submission})


def sealed_file(file: CaseFile) -> CaseFile:
    """Return *file* for a reader who may not see what is personal: all of it is withheld."""
    return file.model_copy(update={"submission": _withheld(file.submission)})


def opened_life(plaint: Plaint, file: CaseFile, *, opened: bool) -> dict[str, Any]:
    """Return what of *file* is about findings, redress and other bodies, as `Life` has it."""
    life = file.life.model_dump(mode="json")
    return shown_life(plaint.showing.document(life, file.id) if opened else _withheld(life))


def _withheld(value: object) -> Any:
    if isinstance(value, list):
        return [_withheld(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    facts = cast("dict[str, object]", value)
    if facts.keys() in ({"sealed"}, {"erased"}):
        return Withheld(withheld="sealed" if "sealed" in facts else "erased").model_dump()
    return {name: _withheld(each) for name, each in facts.items()}


def document(
    plaint: Plaint, then: Replayed, clocks: list[ClockView], sights: Sights
) -> schemas.CaseDocument | schemas.TicketDocument:
    """Return a case in full, with what was submitted as a reader of *sights* sees it.

    *then* tells of no other case but those that they may know of (`others.as_known`).
    """
    if then.row is None or then.file is None:
        raise NotReceived
    complaint = then.row.kind == "complaint"
    kept = seen(then.file.submission, Received if complaint else Opened, sights)
    file = shown_file(plaint, changed(then.file, {"submission": kept}))
    # A model that is iterated over looks at each name once more.
    facts = {name: fact for name, fact in vars(file).items() if name not in APART} | _personal(file)
    life = opened_life(plaint, file, opened=True)
    facts |= life if complaint else {name: life[name] for name in SAFEGUARDS}
    shape = schemas.CaseDocument if complaint else schemas.TicketDocument
    beginning = of_complaint(plaint, file) if complaint else of_ticket(plaint, file)
    told = _summary(then.row) | facts | vars(file.relations) | beginning | {"clocks": clocks}
    return shape.model_validate(told)


def _personal(file: CaseFile) -> dict[str, Any]:
    """Return what concerns a person in *file*, each as its reader gets it."""
    within = {"decision": "reasons", "appointment": "how_to_join", "rating": "comment"}
    alone = ("escalation_reason", "questions", "answer")
    parts = {name: getattr(file, name) for name in within}
    return {name: shown(getattr(file, name)) for name in alone} | {
        name: part and part.model_dump() | {within[name]: shown(getattr(part, within[name]))}
        for name, part in parts.items()
    }


def _summary(row: QueueRow) -> dict[str, Any]:
    facts = {name: fact for name, fact in vars(row).items() if name not in UNTOLD}
    return facts | {
        "position": position(log_of(row.id), row.number),
        "open": row.open,
        "escalated": row.escalated,
        "overdue": row.overdue,
        "due_before": row.due_before,
        "next_promise": row.next_promise,
        "next_legal": row.next_legal,
        "next_house": row.next_house,
    }


def history_items(
    plaint: Plaint, events: Iterable[tuple[int, Event]], sights: Sights
) -> list[schemas.HistoryItem]:
    """Return those of *events*, each with its number, that concern a reader of *sights*."""
    told = list(events)
    wrong = marked_in_error(event for _, event in told)
    return [
        _history_item(plaint, n, event, sights, in_error=event.originator_version in wrong)
        for n, event in told
        if concerns(event, sights) and (Sight.WORK in sights or event.originator_version not in wrong)
    ]


def _history_item(
    plaint: Plaint, number: int, event: Event, sights: Sights, *, in_error: bool
) -> schemas.HistoryItem:
    facts = event.model_dump(mode="json", exclude=set(Event.model_fields), exclude_none=True)
    return schemas.HistoryItem(
        case=event.originator_id,
        version=event.originator_version,
        position=position(log_of(event.originator_id), number),
        topic=event.TOPIC,
        recorded_at=event.recorded_at,
        occurred_at=event.occurred_at,
        occurred_at_known=event.occurred_at_known,
        actor=event.actor,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        in_error=in_error,
        facts=plaint.showing.document(seen(facts, type(event), sights), event.originator_id),
    )


def written(model: BaseModel, sights: Sights = frozenset(Sight), *, etag: str | None = None) -> Response:
    """Return *model* as an answer to a reader of *sights*."""
    return answer(narrowed(model, sights), etag=etag)


def answer(body: str | bytes, *, etag: str | None = None) -> Response:
    """Return *body*, which is JSON, as an answer."""
    return Response(body, 200, {"ETag": etag} if etag else None, "application/json")
