"""Two cases become one and part again: who keeps which promise, and what each may still hear."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import commands as c
from domain.attachments import Status as FileStatus
from domain.attachments.holding import Batch, NewFile
from domain.case import Case
from domain.clocks import Status
from domain.commands import Command
from domain.complaint import Complaint
from domain.complaint.state import Stage
from domain.errors import DomainError
from domain.ids import reference
from domain.kernel import Event
from domain.linking import errors
from domain.linking.merging import link, merge, unlink, unmerge
from domain.linking.plan import FilePlan, plan
from domain.testing import (
    HOUSE,
    MICA,
    PARIS,
    an_id,
    asked,
    by,
    paris,
    received,
    rules,
)
from domain.ticket import Ticket
from domain.ticket.request import Request

BOOK = rules(HOUSE, MICA)
MERGED = paris("2026-04-10T12:00")
PARTED = paris("2026-04-13T12:00")


def case(name: str, at: str, *days: tuple[str, Command], country: str = "US") -> Complaint:
    """Return the complaint *name* received *at*, after commands at instants in Paris."""
    complaint = Complaint(an_id(name))
    received(paris(f"2026-{at}"), book=BOOK, country=country)(complaint)
    for day, command in days:
        asked(command, paris(f"2026-{day}"), book=BOOK)(complaint)
    complaint.collect_events()
    return complaint


def ticket(name: str, at: str, **facts: object) -> Ticket:
    opened = Ticket(an_id(name))
    request = Request.model_validate({"form": "general", "category": "fees", **facts})
    opened.open(request, by(paris(f"2026-{at}")), BOOK, opened_at=paris(f"2026-{at}"))
    opened.collect_events()
    return opened


def told(*cases: Complaint | Ticket) -> list[list[str]]:
    """Return what each case recorded since it was asked last, as lines in the time of Paris."""
    return [[line(each, event) for event in each.collect_events()] for each in cases]


def line(of: Complaint | Ticket, event: Event) -> str:
    at = f"{event.occurred_at.astimezone(PARIS):%m-%d %H:%M}"
    clock = of.clocks.get(getattr(event, "clock_id", of.id))
    return f"{at} {event.TOPIC}" + (f" {clock.milestone} {clock.number}" if clock else "")


def standing(of: Complaint | Ticket) -> dict[tuple[str, int], tuple[date, Status]]:
    return {(each.milestone, each.number): (each.due_date, each.status) for each in of.clocks.values()}


def two() -> tuple[Complaint, Complaint]:
    """Return complaints of Friday 3 April at 14:00, acknowledged, and of Wednesday 8 April at 09:00."""
    return case("a", "04-03T14:00", ("04-08T17:00", c.Acknowledge())), case("b", "04-08T09:00")


def test_the_later_case_goes_on_in_the_earlier_which_keeps_its_promise():
    """The decision of the later one falls away; the acknowledgement that it owes stays its own."""
    early, late = two()
    merge(late, early, by(MERGED), BOOK)

    assert told(late, early) == [
        ["04-10 12:00 complaint.merged", "04-10 12:00 clock.cancelled decision 1"],
        ["04-10 12:00 complaint.absorbed"],
    ]
    assert (late.status, late.survivor, early.status) == (Stage.MERGED, early.id, Stage.ACKNOWLEDGED)
    assert tuple(early.absorbed) == (late.id,)
    assert standing(late)["acknowledgement", 1] == (date(2026, 4, 10), Status.RUNNING)


def test_the_earlier_case_goes_on_in_the_later_which_takes_its_promise_over():
    """It is due on Wednesday 15 April as it was, and the act that keeps it is the survivor's."""
    early, late = two()
    merge(early, late, by(MERGED), BOOK)

    assert told(early, late) == [
        ["04-10 12:00 complaint.merged", "04-10 12:00 clock.cancelled decision 1"],
        [
            "04-10 12:00 complaint.absorbed",
            "04-10 12:00 clock.cancelled decision 1",
            "04-10 12:00 clock.taken_over decision 2",
        ],
    ]
    assert standing(late) == {
        ("acknowledgement", 1): (date(2026, 4, 10), Status.RUNNING),
        ("decision", 1): (date(2026, 4, 17), Status.CANCELLED),
        ("decision", 2): (date(2026, 4, 15), Status.RUNNING),
    }
    asked(c.Resolve(outcome="upheld", reasons="Yes."), paris("2026-04-14T09:00"), book=BOOK)(late)
    assert standing(late)["decision", 2] == (date(2026, 4, 15), Status.MET)


def test_a_promise_that_was_broken_is_awaited_at_the_survivor():
    """The miss stays where it happened; the decision that comes too late is the survivor's."""
    early, late = two()
    merge(early, late, by(paris("2026-04-16T09:00")), BOOK)

    assert standing(early)["decision", 1] == (date(2026, 4, 15), Status.MISSED)
    assert standing(late)["decision", 2] == (date(2026, 4, 15), Status.MISSED)
    asked(c.Resolve(outcome="upheld", reasons="Yes."), paris("2026-04-16T10:00"), book=BOOK)(late)
    stopped = next(each for each in late.clocks.values() if each.number == 2)
    assert (stopped.status, stopped.stopped_at) == (Status.MISSED, paris("2026-04-16T10:00"))


def test_a_regime_that_bound_the_merged_case_alone_binds_the_survivor_until_they_part():
    early, late = case("a", "04-03T14:00", country="FR"), case("b", "04-08T09:00")
    merge(early, late, by(MERGED), BOOK)
    assert [pin.regime for pin in late.pins] == ["house", "mica"]
    assert sorted(each.regime for each in late.clocks.values() if each.live) == ["house", "house", "mica"]

    unmerge(early, late, [], by(PARTED), BOOK)
    assert [pin.regime for pin in late.pins] == ["house"]
    assert sorted(each.regime for each in early.clocks.values() if each.live) == ["house", "mica"]


@pytest.mark.parametrize("away_first", [True, False])
def test_when_they_part_each_has_the_promises_that_it_had(away_first: bool):
    """Due when they were before, to the second."""
    pair = two()
    away, survivor = pair if away_first else pair[::-1]
    before = [{each.id: each.due_before for each in one.clocks.values() if each.live} for one in pair]
    merge(away, survivor, by(MERGED), BOOK)
    asked(c.Acknowledge(), MERGED, book=BOOK)(pair[1])
    unmerge(away, survivor, [], by(PARTED), BOOK)

    after = [{each.id: each.due_before for each in one.clocks.values() if each.live} for one in pair]
    assert after == [before[0], {id: due for id, due in before[1].items() if pair[1].clocks[id].live}]
    assert [one.status for one in pair] == [Stage.ACKNOWLEDGED, Stage.ACKNOWLEDGED]
    assert [(one.survivor, dict(one.absorbed)) for one in pair] == [(None, {}), (None, {})]


def test_what_fell_due_while_they_were_one_is_missed_when_they_part():
    early, late = two()
    merge(early, late, by(MERGED), BOOK)
    asked(c.Resolve(outcome="upheld", reasons="Yes."), paris("2026-04-14T09:00"), book=BOOK)(late)
    told(early, late)
    unmerge(early, late, [], by(paris("2026-04-20T09:00")), BOOK)

    parted = told(early, late)
    assert parted[0] == [
        "04-20 09:00 complaint.unmerged",
        "04-20 09:00 clock.resumed decision 1",
        "04-16 00:00 clock.missed decision 1",
        "04-16 00:00 clock.started progress_update 1",
    ]
    assert parted[1] == [
        "04-20 09:00 clock.resumed decision 1",
        "04-14 09:00 clock.met decision 1",
        "04-20 09:00 complaint.unmerged",
    ]
    assert standing(late)["decision", 1] == (date(2026, 4, 17), Status.MET)


def test_a_promise_that_comes_back_hears_what_happened_on_its_case_meanwhile():
    """The survivor was decided on after its own day had passed: missed, and stopped late."""
    early, late = two()
    merge(early, late, by(MERGED), BOOK)
    asked(c.Resolve(outcome="upheld", reasons="Yes."), paris("2026-04-20T09:00"), book=BOOK)(late)
    told(late)
    unmerge(early, late, [], by(paris("2026-04-21T09:00")), BOOK)

    assert told(late) == [
        [
            "04-21 09:00 clock.resumed decision 1",
            "04-18 00:00 clock.missed decision 1",
            "04-20 09:00 clock.stopped_late decision 1",
            "04-21 09:00 complaint.unmerged",
        ]
    ]


def test_a_promise_that_comes_back_hears_what_only_one_part_of_a_case_keeps():
    """That it was referred elsewhere, which several regimes stop at, as much as that it was decided on."""
    book = rules(HOUSE.replace('["decision_sent"]', '["decision_sent", "referred_externally"]'), MICA)
    early, late = two()
    merge(early, late, by(MERGED), book)
    asked(c.ReferExternally(body="ombudsman"), paris("2026-04-14T09:00"), book=book)(late)
    told(late)
    unmerge(early, late, [], by(paris("2026-04-20T09:00")), book)

    assert told(late) == [
        [
            "04-20 09:00 clock.resumed decision 1",
            "04-14 09:00 clock.met decision 1",
            "04-20 09:00 complaint.unmerged",
        ]
    ]


def test_what_others_that_stay_merged_were_promised_stands_on():
    """Three became one, and the earliest leaves: the survivor owes what it took from it to the next."""
    first, second, third = (
        case("a", "04-03T14:00"),
        case("b", "04-07T09:00"),
        case("c", "04-08T09:00"),
    )
    merge(first, third, by(MERGED), BOOK)
    merge(second, third, by(MERGED), BOOK)
    assert live(third) == [date(2026, 4, 15)]

    unmerge(first, third, [second], by(PARTED), BOOK)
    assert (live(first), live(second), live(third)) == ([date(2026, 4, 15)], [], [date(2026, 4, 16)])

    unmerge(second, third, [], by(PARTED), BOOK)
    assert (live(second), live(third)) == ([date(2026, 4, 16)], [date(2026, 4, 17)])


def live(of: Complaint) -> list[date]:
    return [each.due_date for each in of.clocks.values() if each.live and each.milestone == "decision"]


def test_a_merge_repeated_is_no_news_and_so_is_a_parting():
    early, late = two()
    merge(late, early, by(MERGED), BOOK)
    told(early, late)
    merge(late, early, by(MERGED), BOOK)
    assert told(early, late) == [[], []]

    unmerge(late, early, [], by(PARTED), BOOK)
    told(early, late)
    unmerge(late, early, [], by(PARTED), BOOK)
    assert told(early, late) == [[], []]


def refused(away: Complaint | Ticket, survivor: Complaint | Ticket, rule: type[Exception]) -> None:
    with pytest.raises(rule):
        merge(away, survivor, by(paris("2026-05-01T09:00")), BOOK)
    assert told(away, survivor) == [[], []]


def test_a_merge_that_cannot_be_is_refused_by_its_rule_and_changes_nothing():
    early, late = two()
    closed = case("c", "04-03T14:00", ("04-03T15:00", c.Withdraw(reason="Found.")))
    refused(early, early, errors.MergedInACircle)
    refused(early, ticket("t", "04-03T14:00"), errors.ComplaintIntoTicket)
    refused(early, closed, errors.SurvivorAnswered)
    refused(ticket("t", "04-03T14:00", legal_entity="second"), early, errors.OtherLegalEntity)
    merge(late, early, by(MERGED), BOOK)
    told(late, early)
    refused(late, closed, errors.AlreadyMerged)
    refused(early, early, errors.MergedInACircle)
    with pytest.raises(Complaint.MISSING):
        merge(Complaint(an_id("z")), early, by(MERGED), BOOK)


def test_a_ticket_goes_on_in_a_complaint():
    request, complaint = ticket("t", "04-02T14:00"), case("a", "04-03T14:00")
    merge(request, complaint, by(MERGED), BOOK)

    assert told(request, complaint) == [
        ["04-10 12:00 ticket.merged"],
        ["04-09 00:00 clock.missed acknowledgement 1", "04-10 12:00 complaint.absorbed"],
    ]
    assert dict(complaint.absorbed) == {request.id: "ticket"}


def test_a_case_that_had_ended_brings_no_promise_and_ends_again_when_they_part():
    ended = case("a", "04-03T14:00", ("04-16T09:00", c.Withdraw(reason="Found.")))
    other = case("b", "04-15T09:00")
    merge(ended, other, by(paris("2026-04-16T10:00")), BOOK)
    assert live(other) == [date(2026, 4, 24)]

    unmerge(ended, other, [], by(paris("2026-04-16T11:00")), BOOK)
    assert ended.status is Stage.WITHDRAWN


def test_parting_before_the_merge_is_refused_and_so_is_the_middle_of_a_chain():
    first, second, third = case("a", "04-03T14:00"), case("b", "04-03T15:00"), case("c", "04-03T16:00")
    merge(first, second, by(MERGED), BOOK)
    with pytest.raises(errors.UnmergedTooEarly):
        unmerge(first, second, [], by(PARTED), BOOK, occurred_at=paris("2026-04-10T11:59"))
    merge(second, third, by(MERGED), BOOK)
    with pytest.raises(errors.SurvivorMergedToo):
        unmerge(first, second, [], by(PARTED), BOOK)


@pytest.mark.parametrize(
    "command",
    [
        c.Note(text="Called."),
        c.SupplyInformation(text="Here."),
        c.Investigate(),
        c.Withdraw(reason="Found."),
        c.Reopen(reason="Again."),
        c.Close(),
        c.Escalate(reason="Press."),
        c.Assign(team="payments"),
    ],
    ids=lambda each: each.NAME,
)
def test_a_case_that_was_merged_away_hears_nothing_more(command: Command):
    """Whoever asks past the desk is told where it goes on; a guard in `Case` refuses what no other does."""
    early, late = two()
    merge(late, early, by(MERGED), BOOK)
    told(late)

    with pytest.raises(errors.MergedAway, match="merged into C-"):
        command.carry_out(late, by(PARTED), BOOK)
    assert told(late) == [[]]


def test_what_goes_on_as_another_case_is_merged_into_under_that_name():
    """A promoted ticket and a redirected complaint say as what; one that is reopened takes cases again."""
    promoted, redirected, other = (
        ticket("p", "04-03T09:00"),
        case("r", "04-03T09:00"),
        ticket("t", "04-08T09:00"),
    )
    promoted.promote("They complain.", "fees", by(MERGED), BOOK)
    redirected.redirect("A question.", by(MERGED), BOOK)

    for survivor, prefix in ((promoted, "C"), (redirected, "T")):
        assert survivor.goes_on_as is not None
        number = reference(survivor.goes_on_as[0], prefix)
        with pytest.raises(errors.SurvivorGoesOn, match=re.escape(f"goes on as {number}; name that one")):
            merge(other, survivor, by(PARTED), BOOK)
    with pytest.raises(errors.PromotedBefore, match=r"goes on as C-.*; work on that"):
        promoted.reopen("Again.", by(PARTED), BOOK)
    redirected.reopen("A complaint after all.", by(PARTED), BOOK)
    merge(other, redirected, by(PARTED), BOOK)
    assert (promoted.ended, other.survivor) == (True, redirected.id)


def test_the_plan_names_the_files_of_both_with_their_states():
    away, survivor = ticket("t", "04-08T09:00"), case("c", "04-03T14:00")
    for owner, name, settled in ((away, "one", True), (survivor, "two", False)):
        file = NewFile(an_id(name), f"{name}.pdf", None, 9, name * 20, name * 20)
        owner.attach((file,), Batch(an_id("batch"), "desk", "internal", 5), PARTED, by(MERGED))
        if settled:
            owner.accept_file(file.id, "pdf", by(MERGED))

    told = plan(away, survivor, by(MERGED), BOOK)
    assert [each.files for each in (told.merged, told.survivor)] == [
        (FilePlan(id=an_id("one"), status=FileStatus.ACCEPTED),),
        (FilePlan(id=an_id("two"), status=FileStatus.QUEUED),),
    ]
    assert [each.rule for each in told.refusals] == ["file_in_flight"]
    assert f"{an_id('two')} is queued" in told.refusals[0].remedy


def test_it_is_still_acknowledged_and_stands_so_when_they_part():
    early, late = two()
    merge(late, early, by(MERGED), BOOK)
    c.Acknowledge().carry_out(late, by(MERGED), BOOK)
    assert standing(late)["acknowledgement", 1] == (date(2026, 4, 10), Status.MET)

    unmerge(late, early, [], by(PARTED), BOOK)
    assert late.status is Stage.ACKNOWLEDGED


def test_a_merged_case_is_the_fold_of_its_events():
    early, late = case("a", "04-03T14:00"), case("b", "04-08T09:00")
    histories: list[list[Event]] = [[], []]
    for step in (
        lambda: merge(early, late, by(MERGED), BOOK),
        lambda: c.Resolve(outcome="upheld", reasons="Yes.").carry_out(late, by(MERGED), BOOK),
        lambda: unmerge(early, late, [], by(PARTED), BOOK),
    ):
        step()
        for history, each in zip(histories, (early, late), strict=True):
            history.extend(each.collect_events())
    fresh = [Complaint(each.id) for each in (early, late)]
    received(paris("2026-04-03T14:00"), book=BOOK, country="US")(fresh[0])
    received(paris("2026-04-08T09:00"), book=BOOK, country="US")(fresh[1])
    for again, history, live_one in zip(fresh, histories, (early, late), strict=True):
        again.collect_events()
        Complaint.replay(again, history)
        assert vars(again) == vars(live_one)


def test_a_link_is_recorded_on_both_and_says_which_way_it_reads():
    one, other = case("a", "04-03T14:00"), ticket("t", "04-03T14:00")
    link(one, other, "caused_by", by(MERGED), BOOK)
    link(one, other, "related", by(MERGED), BOOK)
    assert [sorted((each.kind, each.inverse) for each in of.links) for of in (one, other)] == [
        [("caused_by", False), ("related", False)],
        [("caused_by", True), ("related", False)],
    ]
    told(one, other)

    link(other, one, "related", by(MERGED), BOOK)
    assert told(one, other) == [[], []]
    unlink(other, one, "related", by(MERGED), BOOK)
    unlink(one, other, "caused_by", by(MERGED), BOOK)
    unlink(one, other, "caused_by", by(MERGED), BOOK)
    assert told(one, other) == [
        ["04-10 12:00 complaint.unlinked", "04-10 12:00 complaint.unlinked"],
        ["04-10 12:00 ticket.unlinked", "04-10 12:00 ticket.unlinked"],
    ]
    with pytest.raises(errors.LinkToItself):
        link(one, one, "related", by(MERGED), BOOK)


def test_the_plan_says_what_the_merge_would_do_and_changes_nothing():
    early, late = two()
    found = plan(early, late, by(MERGED), BOOK)

    assert told(early, late) == [[], []]
    assert (early.version, late.version) == (5, 3)
    assert [(each.case, each.milestone, each.becomes) for each in found.clocks] == [
        (early.id, "decision", "taken_over"),
        (late.id, "acknowledgement", "stays"),
        (late.id, "decision", "cancelled"),
    ]
    assert (found.refusals, found.merged.messages, found.survivor.status) == ((), 1, "received")


def test_the_plan_names_every_rule_that_forbids_the_merge():
    far = ticket("t", "04-03T14:00", legal_entity="second")
    found = plan(case("a", "04-03T14:00"), far, by(MERGED), BOOK)

    assert [each.rule for each in found.refusals] == ["complaint_into_ticket", "other_legal_entity"]
    assert {each.becomes for each in found.clocks} == {"stays"}


NAMES = "abcde"
STEPS = st.lists(
    st.tuples(st.sampled_from(["merge", "merge", "unmerge"]), st.sampled_from(NAMES), st.sampled_from(NAMES)),
    max_size=20,
)


class Desk:
    """Some cases, and the way to the others that a command needs."""

    def __init__(self) -> None:
        self.cases = {an_id(name): case(name, f"04-0{day}T14:00") for day, name in enumerate(NAMES, start=3)}
        self.promised = self.owed()

    def case(self, id: UUID, /) -> Case:
        return self.cases[id]

    def history(self) -> list[Event]:
        return []

    def begin(self, case: Case, /) -> None:
        raise NotImplementedError

    def ask(self, what: str, name: str, other: str) -> None:
        joint = c.MergeCases(other=str(an_id(other))) if what == "merge" else c.UnmergeCases()
        with suppress(DomainError):
            joint.carry_out(self.cases[an_id(name)], by(MERGED), BOOK, self)

    def owed(self) -> dict[UUID, datetime]:
        """Return when each case has to be decided on that keeps a promise of its own or of another."""
        return {
            each.id: clock.due_before
            for each in self.cases.values()
            for clock in each.clocks.values()
            if clock.live and clock.milestone == "decision"
        }

    def root(self, of: Case) -> Case:
        seen: set[UUID] = set()
        while of.survivor is not None:
            assert of.id not in seen, "a circle"
            seen.add(of.id)
            of = self.cases[of.survivor]
        return of


@settings(max_examples=60)
@given(STEPS)
def test_however_cases_are_merged_and_parted_they_are_a_forest_that_owes_the_earliest(
    steps: list[tuple[str, str, str]],
):
    """Each survivor knows who goes on in it, and keeps the earliest promise that any of them was made."""
    desk = Desk()
    for step in steps:
        desk.ask(*step)

    trees: dict[UUID, list[datetime]] = {}
    for each in desk.cases.values():
        trees.setdefault(desk.root(each).id, []).append(desk.promised[each.id])
        assert (each.status is Stage.MERGED) is (each.survivor is not None)
        assert all(desk.cases[id].survivor == each.id for id in each.absorbed)
        if each.survivor is not None:
            assert each.id in desk.cases[each.survivor].absorbed
    assert desk.owed() == {root: min(due) for root, due in trees.items()}
