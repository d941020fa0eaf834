"""What the page behind a link says of a ticket: its answer, what was written, what they can write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import cast

from adapters.http.pages import words
from adapters.http.pages.asking import COUNTRIES, of_requests
from adapters.http.pages.mine_view import Answered, Asked, Letter, Meeting, Parts, Rated, View, day
from domain.access import OF_THEIR_OWN
from domain.disclosure import seen
from domain.forms import Field, Form, said
from domain.hours import zone_named
from domain.kernel import Event
from domain.ticket import events as e
from domain.ticket import talk_events as talk
from domain.ticket.promoting import PROMOTED
from domain.ticket.state import LEADS_TO

HEARS = frozenset({"open", "pending", "solved", "merged"})
"""Where a ticket stands that still hears who sent it; what is sent to one that was merged goes on with it."""
ENDED = frozenset({"solved", "closed"})
CONTACT = "contact_email"
NAMED = (CONTACT, "account_email", "subject", "description")
"""Answers that mean the same on every form."""
TIMED = frozenset({"date", "datetime", "when"})
TOOK_TURNS = (*LEADS_TO, e.InformationSupplied)
"""What makes a ticket wait, or wait no longer."""


def parts(view: View) -> Parts:
    """Return what the page says of a ticket beyond what it says of every case."""
    form, status = _form(view), _status(view)
    return Parts(
        subject=said(form.title, view.language) if form else words.category(view.row.category, view.language),
        status=view.texts[f"status_{status}"],
        note=view.texts["my_promoted"] if status == PROMOTED else "",
        answered=_answered(view),
        letters=list(_letters(view)),
        submitted=list(_submitted(view, form)),
        meeting=_meeting(view),
        asked=_asked(view),
        rated=_rated(view),
    )


def _form(view: View) -> Form | None:
    """Return the form that the request came by; an imported one came by none."""
    return view.plaint.forms.get(str(view.file.submission.get("form")))


def _turn(view: View) -> Event | None:
    """Return what made the ticket wait, or wait no longer."""
    return next((each for each in reversed(view.events) if isinstance(each, TOOK_TURNS)), None)


def _status(view: View) -> str:
    """Return where the ticket stands, as whoever sent it has to know: also whether it waits for them."""
    if view.file.closed_code == PROMOTED:
        return PROMOTED
    theirs = isinstance(_turn(view), e.InformationRequested | talk.FollowUpAsked)
    return "yours" if view.row.status == "pending" and theirs else view.row.status


def _answered(view: View) -> Answered | None:
    file, texts = view.file, view.texts
    if file.solved_at is None or view.row.status not in ENDED:
        return None
    notes = [texts["my_sent_on"].format(day=view.on(file.solved_at))]
    if file.closes_at is not None:
        notes.append(texts["my_closes"].format(day=view.on(file.closes_at)))
    return Answered("", view.plain(file.answer) or texts["my_answered_elsewhere"], notes)


def _letters(view: View) -> Iterator[Letter]:
    """Yield what was said on either side, the latest first; the answer in force stands apart."""
    told_apart = _answered(view) is not None
    for event in reversed(view.events):
        match event:
            case e.Solved() if told_apart:
                told_apart = False
            case e.Solved():
                yield view.letter("my_decision", event, event.text)
            case talk.Acknowledged():
                yield view.letter("sent_acknowledgement", event)
            case talk.Replied():
                yield view.letter("sent_reply", event, event.text)
            case e.InformationRequested():
                yield view.letter("sent_question", event, event.text)
            case talk.FollowUpAsked(questions=questions):
                lines = _lines(questions) if isinstance(questions, tuple) else view.plain(questions)
                yield view.letter("sent_questions", event, lines)
            case e.InformationSupplied(answers=answers):
                given = _lines(answers) if isinstance(answers, tuple) else view.plain(answers)
                text = "\n".join(filter(None, (given, view.plain(event.text))))
                yield view.letter("came_from_you", event, text)
            case talk.AppointmentCancelled():
                yield view.letter("sent_cancellation", event, event.reason)
            case e.Noted(visibility="customer"):
                yield view.letter("sent_note", event, event.text)
            case _:
                continue


def _lines(texts: tuple[str, ...]) -> str:
    """Return *texts* a line each, numbered where there are several, so that answers find their questions."""
    if len(texts) == 1:
        return texts[0]
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _meeting(view: View) -> Meeting | None:
    booked = view.file.appointment
    if booked is None:
        return None
    zone = zone_named(booked.zone)
    start, end = booked.starts_at.astimezone(zone), booked.ends_at and booked.ends_at.astimezone(zone)
    when = f"{day(start.date(), view.language)}, {start:%H:%M}"
    if end is not None:
        other_day = "" if end.date() == start.date() else f"{day(end.date(), view.language)}, "
        when += f" – {other_day}{end:%H:%M}"
    what = view.texts[f"appointment_{booked.kind}"]
    return Meeting(what, f"{when} ({booked.zone})", view.plain(booked.how_to_join))


def _asked(view: View) -> Asked | None:
    if view.row.status not in HEARS:
        return None
    waits, turn, questions = _status(view) == "yours", _turn(view), view.file.questions
    text = turn.text if waits and isinstance(turn, e.InformationRequested) else None
    return Asked(
        title=view.texts["my_answer" if waits else "my_write"],
        text=view.plain(text if isinstance(questions, tuple) else questions or text),
        questions=questions if isinstance(questions, tuple) else (),
        waits=waits,
    )


def _rated(view: View) -> Rated | None:
    file, texts = view.file, view.texts
    if view.row.status not in ENDED or file.closed_code == PROMOTED:
        return None
    if file.rating is None:
        return Rated(0, texts["my_rate_about"])
    return Rated(file.rating.score, view.plain(file.rating.comment))


def _submitted(view: View, form: Form | None) -> Iterator[tuple[str, object]]:
    """Yield what was filled in as labels and answers, in the order of the form."""
    kept = seen(view.file.submission, e.Opened, OF_THEIR_OWN)
    answers: dict[str, object] = {name: kept[name] for name in NAMED if name in kept}
    for group in ("fields", "chosen"):
        said_ = cast("Mapping[str, object]", kept.get(group) or {})
        answers |= {group: said_} if "withheld" in said_ else said_
    asked = [name for step in form.steps for name in step.fields] if form else []
    first = [name for name in NAMED if name not in asked]
    fields: Mapping[str, Field] = form.fields if form else {}
    for name in dict.fromkeys((*first, *asked, *answers)):
        if answers.get(name) not in (None, [], False, ""):
            yield _label(view, name, fields.get(name)), _answer(view, answers[name], fields.get(name))


def _label(view: View, name: str, field: Field | None) -> str:
    if field is not None:
        return said(field.label, view.language)
    return of_requests(view.language)[name] if name == CONTACT else words.human(name)


def _answer(view: View, answer: object, field: Field | None) -> object:
    """Return an answer as text, or as a list of lines."""
    if isinstance(answer, dict):
        facts = cast("dict[str, object]", answer)
        if "withheld" in facts:
            return view.texts[str(facts["withheld"])]
        return " – ".join(str(_answer(view, each, field)) for each in facts.values())
    if isinstance(answer, list):
        return [_entry(view, each, field) for each in cast("list[object]", answer)]
    if answer is True:
        return view.texts["yes"]
    if field is None:
        return str(answer)
    if field.kind in TIMED:
        return _moment(view, str(answer))
    options = COUNTRIES.options if field.kind == "country" else field.options
    labels = {each.code: said(each.label, view.language) for each in options}
    return labels.get(str(answer), str(answer))


def _moment(view: View, text: str) -> str:
    """Return a date as it is read, with the time of day where one was given; a month as it was given.

    So is what was answered to an earlier form that did not ask for a time there.
    """
    try:
        if "T" not in text:
            return day(date.fromisoformat(text), view.language)
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = at.replace(tzinfo=view.time.zone) if at.tzinfo is None else at
    return f"{view.on(local)}, {view.time.local(local):%H:%M}"


def _entry(view: View, entry: object, field: Field | None) -> str:
    """Return one of several answers in a line; a record with the label of each of its answers."""
    if not isinstance(entry, dict):
        return str(_answer(view, entry, field))
    facts = cast("dict[str, object]", entry)
    if "withheld" in facts:
        return str(_answer(view, facts, field))
    within: Mapping[str, Field] = field.fields if field else {}
    told: list[str] = []
    for name, fact in facts.items():
        answer = _answer(view, fact, within.get(name))
        text = "; ".join(map(str, cast("list[object]", answer))) if isinstance(answer, list) else answer
        label = _label(view, name, within.get(name))
        told.append(view.texts["label_and_answer"].format(label=label, answer=text))
    return ", ".join(told)
