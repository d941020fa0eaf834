"""What a case brings into another one, what still happens to it there, and what it gets back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from domain import commands as c
from domain import timers
from domain.attachments.holding import Batch, NewFile
from domain.clocks import Status
from domain.commands import Command
from domain.complaint import Complaint
from domain.complaint.state import Stage
from domain.errors import ConflictOfInterest, NotYoursToDecide
from domain.linking import errors
from domain.linking.merging import merge, unmerge
from domain.linking.plan import plan
from domain.linking.splitting import Wish, split
from domain.testing import HOUSE, MICA, an_id, asked, by, paris, received, rules
from domain.ticket import Ticket
from domain.ticket.opening import promised
from domain.ticket.request import Request
from domain.timers import FallDue

BOOK = rules(HOUSE, MICA)
ACCEPTED_BY = MICA.replace('"decision_sent"', '"accepted"')
"""A regime whose promise is kept when the complainant accepts."""
MERGED = paris("2026-05-26T10:00")
LATER = paris("2026-05-27T10:00")
BEN = "user:ben"


def case(name: str, at: str = "2026-05-22T18:00", book: Any = BOOK, **facts: Any) -> Complaint:
    complaint = Complaint(an_id(name))
    facts.setdefault("country", "US")
    received(paris(at), book=book, **facts)(complaint)
    return complaint


def ask(of: Complaint, command: Command, at: str, actor: str = "handler", book: Any = BOOK) -> None:
    asked(command, paris(at), book=book, actor=actor)(of)


def two(**facts: Any) -> tuple[Complaint, Complaint]:
    """Return the earlier of two complaints, and the later one."""
    return case("a", **facts), case("b", "2026-05-22T19:00")


def topics(of: Complaint | Ticket) -> list[str]:
    return [event.TOPIC for event in of.collect_events()]


def clocks(of: Complaint | Ticket, regime: str = "mica") -> dict[str, tuple[date, Status]]:
    """Return by milestone the last day of the newest promise of *regime*, and where it stands."""
    chains = (of.chain(*promise) for promise in of.chains if promise[0] == regime)
    return {chain[-1].milestone: (chain[-1].due_date, chain[-1].status) for chain in chains}


def test_what_was_asked_owed_or_held_before_a_merge_still_happens_after_it():
    away, survivor = two()
    ask(away, c.Investigate(), "2026-05-25T10:00")
    consult = c.RecordStep(
        kind="department_consulted", summary="x", department="legal", due_at=paris("2026-05-28T10:00")
    )
    ask(away, consult, "2026-05-25T11:00")
    ask(away, c.ReferExternally(body="ombudsman"), "2026-05-25T12:00")
    merge(away, survivor, by(MERGED), BOOK)
    away.collect_events()
    (asked_of,) = away.consultations

    ask(away, c.PlaceHold(kind="legal", reason="A claim."), "2026-05-27T10:00")
    ask(away, c.LiftHold(reason="Settled."), "2026-05-27T11:00")
    ask(away, c.RecordExternalOutcome(body="ombudsman", outcome="dismissed"), "2026-05-27T12:00")
    now = paris("2026-05-28T11:00")
    FallDue(now=now).carry_out(away, by(now), BOOK)
    ask(away, c.AnswerConsultation(consultation=asked_of, text="Late."), "2026-05-29T10:00")

    told = [topic for topic in topics(away) if not topic.startswith("clock.")]
    assert told == [
        "complaint.hold_placed",
        "complaint.hold_lifted",
        "complaint.external_outcome_recorded",
        "complaint.department_overdue",
        "complaint.department_answered",
    ]
    assert away.status is Stage.MERGED


def test_redress_that_was_granted_before_a_merge_is_paid_after_it():
    away, survivor = two()
    money = {"kind": "money", "amount": "10", "currency": "EUR"}
    decision = c.Resolve.model_validate({"outcome": "upheld", "reasons": "x", "redress": [money]})
    ask(away, decision, "2026-05-25T10:00")
    merge(away, survivor, by(MERGED), BOOK)

    away.pay_redress(1, by(LATER), BOOK)
    assert away.owed == frozenset()


def a_file_is_accepted(on: Complaint, at: datetime) -> None:
    file = NewFile(an_id("f"), "x.pdf", None, 10, "ab" * 32, "cd" * 32)
    on.attach([file], Batch(an_id("g"), "complainant", "customer", 5), at, by(at))
    on.accept_file(file.id, "pdf", by(at))


def test_a_file_that_is_accepted_keeps_no_promise_when_cases_part_or_other_regimes_bind():
    """`accepted` is what the complainant does with an answer."""
    book = rules(HOUSE, ACCEPTED_BY)
    away, survivor = case("a", book=book, country="FR"), case("b", "2026-05-22T19:00", book, country="FR")
    merge(away, survivor, by(MERGED), book)
    a_file_is_accepted(survivor, paris("2026-05-26T12:00"))
    unmerge(away, survivor, [], by(LATER), book)
    other = case("c", book=book)
    a_file_is_accepted(other, paris("2026-05-26T12:00"))
    ask(other, c.Correct(what="country", value="FR", reason="r"), "2026-05-26T13:00", book=book)

    for complaint in (survivor, other):
        assert {status for _, status in clocks(complaint).values()} == {Status.RUNNING}


def test_redress_of_which_a_part_is_owed_settles_nothing_for_regimes_that_bind_later():
    book = rules(HOUSE, MICA.replace('"decision_sent"', '"redress_paid"'))
    complaint = case("a", book=book)
    money = [{"kind": "money", "amount": amount, "currency": "EUR"} for amount in ("10", "20")]
    decision = c.Resolve.model_validate({"outcome": "upheld", "reasons": "x", "redress": money})
    ask(complaint, decision, "2026-05-25T10:00", book=book)
    complaint.pay_redress(1, by(MERGED), book)
    ask(complaint, c.Correct(what="country", value="FR", reason="r"), "2026-05-26T13:00", book=book)

    assert {status for _, status in clocks(complaint).values()} == {Status.RUNNING}


def test_a_correction_on_the_survivor_keeps_what_was_promised_to_another():
    away, survivor = two(country="FR")
    merge(away, survivor, by(MERGED), BOOK)
    promised_there = clocks(survivor)
    ask(survivor, c.Correct(what="country", value="CA", reason="r"), "2026-05-26T11:00")
    assert clocks(survivor) == promised_there
    assert {status for _, status in promised_there.values()} == {Status.RUNNING}
    assert [pin.regime for pin in survivor.pins] == ["house", "mica"]

    unmerge(away, survivor, [], by(LATER), BOOK)
    assert [pin.regime for pin in survivor.pins] == ["house"]


def test_a_correction_ends_the_promises_of_the_survivor_itself():
    """And they do not come back when the cases part."""
    away, survivor = case("a", country="FR"), case("b", "2026-05-22T19:00", country="FR")
    merge(away, survivor, by(MERGED), BOOK)
    ask(survivor, c.Correct(what="country", value="US", reason="r"), "2026-05-26T11:00")
    assert [(pin.regime, survivor.owns(pin.regime)) for pin in survivor.pins] == [
        ("house", True),
        ("mica", False),
    ]

    unmerge(away, survivor, [], by(LATER), BOOK)
    assert [pin.regime for pin in survivor.pins] == ["house"]
    assert {status for _, status in clocks(survivor).values()} == {Status.CANCELLED}
    assert {status for _, status in clocks(away).values()} == {Status.RUNNING}


def test_a_regime_that_binds_the_survivor_by_a_correction_begins_there_when_the_cases_part():
    """While they are one, the promise that was taken over stands for it."""
    away, survivor = two(country="FR")
    alone = case("b", "2026-05-22T19:00")
    merge(away, survivor, by(MERGED), BOOK)
    for each in (survivor, alone):
        ask(each, c.Correct(what="country", value="FR", reason="r"), "2026-05-26T11:00")
    assert {each.taken_from for each in survivor.clocks.values() if each.regime == "mica"} == {away.id}

    unmerge(away, survivor, [], by(LATER), BOOK)
    own = {
        each.milestone: (each.due_date, each.status)
        for each in survivor.clocks.values()
        if each.regime == "mica" and each.taken_from is None
    }
    assert own == clocks(alone) != {}


def test_a_regime_that_binds_the_survivor_itself_stays_when_the_cases_part():
    """Even where none of its promises has begun there."""
    late = MICA.replace('start = "received"', 'start = "marked_complex"').replace(
        'country = ["FR", "IE"]', ""
    )
    book = rules(HOUSE, late)
    complex = c.Triage(category="fees", severity="low", admissible=True, complex=True)
    away, survivor = case("a", book=book), case("b", book=book)
    ask(away, complex, "2026-05-25T10:00", book=book)
    merge(away, survivor, by(MERGED), book)
    unmerge(away, survivor, [], by(LATER), book)

    assert [pin.regime for pin in survivor.pins] == ["house", "mica"]
    ask(survivor, complex, "2026-05-28T10:00", book=book)
    assert any(
        each.live and each.taken_from is None for each in survivor.clocks.values() if each.regime == "mica"
    )


def test_a_receipt_that_is_corrected_reaches_the_promises_that_were_set_aside():
    away, survivor = two(country="FR")
    survivor = case("b", "2026-05-22T19:00", country="FR")
    alone = case("b", "2026-05-22T19:00", country="FR")
    earlier = c.Correct(what="received_at", value="2026-05-18T10:00:00Z", reason="r")
    merge(away, survivor, by(MERGED), BOOK)
    for each in (survivor, alone):
        ask(each, earlier, "2026-05-26T11:00")
    unmerge(away, survivor, [], by(LATER), BOOK)
    own = {each.milestone: each.due_date for each in survivor.clocks.values() if each.taken_from is None}
    assert own == {each.milestone: each.due_date for each in alone.clocks.values()}


def named() -> tuple[Complaint, Complaint]:
    """Return a complaint about Ben, decided before by Anna and held, and another one."""
    about, other = two()
    about.name_person_complained_of(BEN, by(paris("2026-05-23T10:00")), BOOK)
    ask(about, c.Resolve(outcome="upheld", reasons="x"), "2026-05-23T11:00", "user:anna")
    ask(about, c.Reopen(reason="New facts."), "2026-05-23T12:00")
    ask(about, c.PlaceHold(kind="legal", reason="A claim."), "2026-05-23T13:00")
    return about, other


ENDS: dict[str, Command] = {
    "triage": c.Triage(
        category="fees", severity="low", admissible=False, reason="x", reason_code="out_of_scope"
    ),
    "redirect": c.Redirect(reason="x"),
    "withdraw": c.Withdraw(reason="x"),
    "correct": c.Correct(what="country", value="FR", reason="x"),
    "correct an instant": c.Correct(what="received_at", value="2026-05-22T10:00:00Z", reason="x"),
    "mark in error": c.Correct(what="event", version=4, reason="x"),
}


@pytest.mark.parametrize("actor", [BEN, f"user:anna by {BEN}", f"{BEN} by user:anna"])
@pytest.mark.parametrize("name", ENDS)
def test_nobody_ends_a_complaint_about_themselves(name: str, actor: str):
    about, _ = named()
    with pytest.raises(NotYoursToDecide):
        ask(about, ENDS[name], "2026-05-25T10:00", actor)


def test_nobody_closes_merges_parts_splits_or_clears_a_complaint_about_themselves():
    about, other = named()
    ben = by(MERGED, BEN)
    a_file_is_accepted(about, paris("2026-05-25T10:00"))
    ask(about, c.Note(text="Another thing."), "2026-05-25T11:00")
    history = about.collect_events()
    note = history[-1].originator_version
    decided, _ = named()
    ask(decided, c.Resolve(outcome="upheld", reasons="y"), "2026-05-25T10:00")
    merged, survivor = named()
    merge(merged, survivor, by(MERGED), BOOK)

    for forbidden in (
        lambda: decided.close(ben, BOOK),
        lambda: merge(about, other, ben, BOOK),
        lambda: merge(other, about, ben, BOOK),
        lambda: unmerge(merged, survivor, [], ben, BOOK),
        lambda: split(about, history, Wish([note], "Two matters."), ben, BOOK),
        lambda: about.remove_file(an_id("f"), "x", ben),
    ):
        with pytest.raises(NotYoursToDecide):
            forbidden()
    assert [each.rule for each in plan(about, other, ben, BOOK).refusals] == ["not_yours_to_decide"]


def test_a_complaint_brings_into_another_for_whom_it_is_not_and_how_long_it_is_kept():
    about, other = named()
    merge(about, other, by(MERGED), BOOK)
    for person in (BEN, "user:anna"):
        with pytest.raises(ConflictOfInterest):
            other.assign(by(LATER), BOOK, assignee=person)
    assert other.holds == {"legal"}

    unmerge(about, other, [], by(LATER), BOOK)
    other.assign(by(LATER), BOOK, assignee=BEN)
    assert (other.assignee, other.holds, about.holds) == (BEN, frozenset(), {"legal"})


def test_what_is_split_off_is_not_for_them_either_and_is_kept_as_long():
    about, _ = named()
    ask(about, c.Note(text="Another thing."), "2026-05-25T11:00")
    history = about.collect_events()
    new = split(about, history, Wish([history[-1].originator_version], "Two."), by(MERGED), BOOK)
    assert isinstance(new, Complaint)
    assert (new.complained_of, new.former_deciders, new.holds) == ({BEN}, {"user:anna"}, {"legal"})


ZOE: dict[str, Any] = {"account_id": "AA12N84G", "account_email": "zoe@example.org"}


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        ({"account_id": "BB12N84G", "account_email": "max@example.org"}, False),
        ({"account_id": "aa12 n84g", "account_email": "max@example.org"}, True),
        ({"account_id": "BB12N84G", "account_email": "Zoe@example.org"}, True),
        ({"account_id": None, "no_account": True, "account_email": "max@example.org"}, True),
    ],
)
def test_cases_of_different_people_are_merged_with_a_reason_alone(other: dict[str, Any], alike: bool):
    """Different are people whose account and address are known, and neither is the same."""
    away, survivor = case("a", **ZOE), case("b", **{**ZOE, **other})
    found = [each.rule for each in plan(away, survivor, by(MERGED), BOOK).refusals]
    assert found == ([] if alike else ["other_person"])
    if not alike:
        with pytest.raises(errors.OtherPerson):
            merge(away, survivor, by(MERGED), BOOK)
        reason = "Husband and wife; one matter."
        assert plan(away, survivor, by(MERGED), BOOK, other_person_reason=reason).refusals == ()
        away.collect_events()
        merge(away, survivor, by(MERGED), BOOK, other_person_reason=reason)
        (gone,) = (each for each in away.collect_events() if each.TOPIC == "complaint.merged")
        assert gone.model_dump()["other_person_reason"] == reason


def test_a_solved_ticket_that_was_merged_closes_by_itself_when_the_cases_part():
    book = rules(HOUSE.replace("[[terms]]", "[tickets]\nauto_close = 14\n\n[[terms]]", 1))
    at = paris("2026-05-22T10:00")

    def opened(name: str) -> Ticket:
        ticket, request = Ticket(an_id(name)), Request(form="general_request", category="fees")
        ticket.open(request, by(at), book, opened_at=at, pins=promised(request, book, at))
        return ticket

    away, survivor = opened("a"), opened("b")
    away.solve(by(at), book, text="Done.")
    merge(away, survivor, by(MERGED), book)
    away.collect_events()
    asleep = paris("2026-07-01T00:00")
    FallDue(now=asleep).carry_out(away, by(asleep), book)
    assert topics(away) == []

    parted = paris("2026-07-02T00:00")
    unmerge(away, survivor, [], by(parted), book)
    armed: dict[str, datetime | None] = {}
    for event in away.collect_events():
        armed |= timers.changes(event)
    assert armed == {"auto_close": away.closes_at} != {"auto_close": None}
    FallDue(now=parted).carry_out(away, by(parted), book)
    assert topics(away) == ["ticket.closed"]
