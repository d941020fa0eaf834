"""What the page behind a link says of a complaint: its decision, what is given, what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.http.pages import case, mine_redress, words
from adapters.http.pages.mine_view import Answered, Letter, Parts, View
from domain.complaint import events as e

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.kernel import Event

LETTERS: dict[type[Event], str] = {
    e.Acknowledged: "sent_acknowledgement",
    e.UpdateSent: "sent_update",
    e.DelayNoticeSent: "sent_delay_notice",
    e.HoldingReplySent: "sent_holding_reply",
    e.InformationRequested: "sent_question",
}


def parts(view: View) -> Parts:
    """Return what the page says of a complaint beyond what it says of every case."""
    texts, row = view.texts, view.row
    return Parts(
        subject=words.category(row.category, view.language),
        status=texts.get(f"status_{row.status}", words.human(row.status)),
        note=texts["my_redirected"] if row.status == "redirected" else "",
        answered=_decided(view),
        redress=mine_redress.redress(view.plaint, view.file, view.language, view.on),
        letters=list(_letters(view)),
        submitted=case.written(view.file, view.time, view.language),
    )


def _decided(view: View) -> Answered | None:
    decision, texts = view.file.decision, view.texts
    if decision is None:
        return None
    lead = texts.get(f"outcome_{decision.outcome}", words.human(decision.outcome))
    sent = texts["my_sent_on"].format(day=view.on(decision.sent_at))
    return Answered(lead, view.plain(decision.reasons), [sent])


def _letters(view: View) -> Iterator[Letter]:
    """Yield what was sent to the complainant, the latest first."""
    for event in reversed(view.events):
        key = LETTERS.get(type(event))
        if isinstance(event, e.Noted) and event.visibility == "customer":
            key = "sent_note"
        if key is not None:
            yield view.letter(key, event, getattr(event, "text", None))
