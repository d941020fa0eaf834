"""Files of a case: given what happened to them, when something is asked, then this is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attachments import Attached, limits
from domain.attachments.errors import NoSuchFile, OnHold
from domain.attachments.holding import Batch, NewFile
from domain.attachments.names import LONGEST, cleaned, handed_out
from domain.attachments.orders import Attach, Remove, SettleFile
from domain.case import Case
from domain.complaint import Complaint
from domain.errors import NotReceived
from domain.ids import derived, reference
from domain.kernel import Aggregate, Event
from domain.linking.errors import MergedAway
from domain.testing import RULES, Given, an_id, by, paris, received
from domain.ticket import Ticket
from domain.ticket.request import Request

Step: TypeAlias = Callable[[Attached], object]
AT = paris("2026-05-26T10:00")
UNTIL = AT + limits.QUEUED_LASTS
BATCH = Batch(UUID(int=7), "complainant", "customer", 5)
OTHER = Batch(UUID(int=8), "desk", "internal", 10)


def a_file(name: str = "a", size: int = 1_000, **facts: Any) -> NewFile:
    """Return a file that is known as *name*; another name, another content."""
    known: dict[str, Any] = {
        "id": derived(an_id(), name),
        "name": f"{name}.pdf",
        "declared": "application/pdf",
        "size": size,
        "sha256": f"hash of {name}",
        "address": f"address of {name}",
    }
    return NewFile(**(known | facts))


A = a_file().id


def attached(*files: NewFile, batch: Batch = BATCH, at: datetime = AT) -> Step:
    return lambda case: case.attach(files or (a_file(),), batch, at + limits.QUEUED_LASTS, by(at, "sender"))


def taken(at: datetime = AT, id: UUID = A) -> Step:
    return lambda case: case.take_file(id, at + limits.SCANNING_LASTS, by(at, "worker"))


def noticed(at: datetime) -> Step:
    return lambda case: case.notice_files(at, by(at, "scheduler"))


def accepted(case: Attached) -> None:
    case.accept_file(A, "pdf", by(AT, "worker"))


def refused(case: Attached) -> None:
    case.refuse_file(A, "encrypted", by(AT, "worker"))


def removed(case: Attached) -> None:
    case.remove_file(A, "It shows somebody else.", by(AT, "handler"))


def a_case(*history: Step) -> Given[Complaint]:
    return Given(Complaint(an_id()), received(), *history)


def told(events: list[tuple[str, dict[str, object]]]) -> list[str]:
    return [name.removeprefix("Attachment") for name, _ in events]


OF_A = {"file_id": A, "visibility": "customer"}


def test_a_file_is_queued_with_all_that_is_known_of_it():
    assert a_case().when(attached()) == [
        (
            "AttachmentQueued",
            OF_A
            | {
                "name": "a.pdf",
                "declared": "application/pdf",
                "size": 1_000,
                "sha256": "hash of a",
                "address": "address of a",
                "batch": BATCH.id,
                "origin": "complainant",
                "until": UNTIL,
            },
        )
    ]


def test_a_file_is_looked_at_and_accepted_or_refused():
    scanning = ("AttachmentScanning", OF_A | {"attempt": 1, "until": AT + limits.SCANNING_LASTS})
    case = a_case(attached())

    assert case.when(taken()) == [scanning]
    assert case.when(accepted) == [("AttachmentAccepted", OF_A | {"kind": "pdf"})]
    assert a_case(attached(), taken()).when(refused) == [
        ("AttachmentRefused", OF_A | {"reason": "encrypted"})
    ]


def test_a_file_is_taken_by_one_alone():
    assert a_case(attached(), taken()).when(taken()) == []
    assert a_case(attached()).aggregate.take_file(A, UNTIL, by(AT)) is True
    assert a_case(attached(), taken()).aggregate.take_file(A, UNTIL, by(AT)) is False


@pytest.mark.parametrize("end", [accepted, refused, removed])
def test_what_has_come_to_its_end_is_settled_once(end: Step):
    case = a_case(attached(), taken(), end)

    assert told(case.when(accepted)) == []
    assert told(case.when(refused)) == []
    assert told(case.when(taken())) == []
    assert told(case.when(noticed(AT + timedelta(days=9)))) == []


def test_a_late_verdict_on_a_file_that_waits_anew_is_as_true_as_any():
    late = AT + limits.SCANNING_LASTS

    assert told(a_case(attached(), taken(), noticed(late)).when(accepted)) == ["Accepted"]


def test_removing_leaves_who_and_why_and_happens_once():
    case = a_case(attached(), taken(), accepted)

    assert case.when(removed) == [("AttachmentRemoved", OF_A | {"reason": "It shows somebody else."})]
    assert case.when(removed) == []
    assert case.aggregate.files[A].removed_by == "handler"


class Following:
    """The cases in which one goes on, at hand by their ids."""

    def __init__(self, *cases: Case) -> None:
        self.cases = {case.id: case for case in cases}

    def case(self, id: UUID, /) -> Case:
        return self.cases[id]

    def history(self) -> list[Event]:
        return []

    def begin(self, case: Case, /) -> None:
        raise AssertionError(case)


def test_nothing_is_removed_while_the_case_is_on_hold():
    def held(case: Complaint) -> None:
        case.place_hold("legal", "They went to court.", by(AT), RULES)

    case = Given(Complaint(an_id()), received(), attached(), taken(), accepted, held)
    with pytest.raises(OnHold):
        removed(case.aggregate)
    case.aggregate.lift_hold("It is over.", by(AT), RULES)

    assert told(case.when(removed))[-1:] == ["Removed"]


def test_nothing_is_removed_while_a_case_in_which_it_goes_on_is_on_hold():
    """However long the chain of merges is."""
    away, middle, last = (
        a_case(attached(), taken(), accepted).aggregate,
        Ticket(an_id("b")),
        Complaint(an_id("c")),
    )
    away.survivor, middle.survivor = middle.id, last.id
    last.own_holds = frozenset({"legal"})
    remove = Remove(file=A, reason="It shows somebody else.")

    with pytest.raises(OnHold):
        remove.carry_out(away, by(AT), RULES, Following(middle, last))
    last.own_holds = frozenset()
    remove.carry_out(away, by(AT), RULES, Following(middle, last))
    assert away.files[A].held is False


def test_a_refusal_that_comes_too_late_says_so():
    """Whoever looked at the file again destroys what it held only where the case refused it."""
    late = SettleFile(A, reason="check_failed")
    late.carry_out(a_case(attached(), taken(), accepted).aggregate, by(AT), RULES)
    in_time = SettleFile(A, reason="check_failed")
    in_time.carry_out(a_case(attached(), taken()).aggregate, by(AT), RULES)

    assert (late.refused, in_time.refused) == (False, True)


def test_what_is_queued_or_looked_at_is_in_flight_and_nothing_else_is():
    assert a_case().aggregate.in_flight == frozenset()
    assert a_case(attached()).aggregate.in_flight == {A}
    assert a_case(attached(), taken()).aggregate.in_flight == {A}
    for end in (accepted, refused, removed):
        assert a_case(attached(), taken(), end).aggregate.in_flight == frozenset()


def test_a_file_that_stands_too_long_raises_an_alarm_and_waits_anew():
    late = AT + limits.QUEUED_LASTS
    stalled = (
        "AttachmentStalled",
        OF_A | {"phase": "queued", "times": 1, "until": late + limits.QUEUED_LASTS},
    )
    case = a_case(attached())

    assert case.when(noticed(late - timedelta(microseconds=1))) == []
    assert case.when(noticed(late)) == [stalled]
    assert case.when(noticed(late)) == []


def test_what_a_worker_left_behind_is_taken_by_another():
    late = AT + limits.SCANNING_LASTS
    case = a_case(attached(), taken(), noticed(late))

    assert case.when(taken(late)) == [
        ("AttachmentScanning", OF_A | {"attempt": 2, "until": late + limits.SCANNING_LASTS})
    ]


def test_a_file_at_which_every_worker_dies_is_refused_at_the_fourth():
    case, at, seen = a_case(attached()), AT, list[str]()
    while case.aggregate.in_flight:
        seen += told(case.when(taken(at)))
        at += limits.SCANNING_LASTS
        seen += told(case.when(noticed(at)))

    assert seen == ["Scanning", "Stalled"] * 3 + ["Scanning", "Refused"]
    assert case.aggregate.files[A].reason == "timed_out"


def test_a_file_that_nobody_has_the_time_to_look_at_is_kept_however_long_that_takes():
    """The alarm comes again, later and later; what waited counts for nothing once somebody looks."""
    case, at, waits = a_case(attached()), AT + limits.QUEUED_LASTS, list[timedelta]()
    for _ in range(20):
        assert told(case.when(noticed(at))) == ["Stalled"]
        due = case.aggregate.files[A].until
        assert due is not None
        waits.append(due - at)
        at = due

    doubled = [limits.QUEUED_LASTS * 2**n for n in range(limits.MOST_DOUBLED + 1)]
    assert waits == doubled + doubled[-1:] * (20 - len(doubled))
    assert told(case.when(taken(at))) == ["Scanning"]
    assert told(case.when(noticed(at + limits.SCANNING_LASTS))) == ["Stalled"]
    assert told(case.when(taken(at))) == ["Scanning"]
    assert told(case.when(accepted)) == ["Accepted"]


def test_the_timers_of_a_case_notice_its_files():
    late = AT + limits.QUEUED_LASTS

    assert told(a_case(attached()).when(lambda c: c.notice_timers(late, by(late), RULES))) == ["Stalled"]


def test_the_same_file_twice_is_one_file():
    again = a_file(id=derived(an_id(), "again"))
    later = replace(OTHER, visibility="customer")
    case = a_case(attached())

    assert case.when(attached(again, batch=later)) == []
    assert case.aggregate.judge([again], later) == {again.id: A}


def test_the_same_file_for_other_eyes_is_another_file():
    """Or the complainant would never get what the desk had kept to itself before, or be told of it."""
    again = a_file(id=derived(an_id(), "again"))

    assert told(a_case(attached()).when(attached(again, batch=OTHER))) == ["Queued"]
    assert told(a_case(attached(batch=OTHER)).when(attached(again))) == ["Queued"]


@pytest.mark.parametrize("end", [refused, removed])
def test_what_is_gone_may_come_again(end: Step):
    again = a_file(id=derived(an_id(), "again"))

    assert told(a_case(attached(), taken(), end).when(attached(again))) == ["Queued"]


def test_the_sixth_file_is_refused_and_the_five_are_kept():
    files = [a_file(str(n)) for n in range(6)]
    case = a_case()

    assert told(case.when(attached(*files))) == ["Queued"] * 5
    assert case.aggregate.judge([files[5]], BATCH) == {files[5].id: "too_many"}
    assert case.aggregate.judge([files[5]], OTHER) == {files[5].id: files[5].id}


def test_the_same_file_does_not_count_twice_against_a_batch():
    five = [a_file(str(n)) for n in range(5)]
    twins = [a_file(str(n), id=derived(an_id(), f"twin {n}")) for n in range(5)]

    judged = a_case().aggregate.judge([*five, *twins], BATCH)

    assert [judged[each.id] for each in twins] == [each.id for each in five]


def test_a_case_holds_so_many_files_and_so_many_bytes():
    many = Batch(UUID(int=9), "desk", "internal", 1_000)
    full = [a_file(str(n)) for n in range(limits.MOST_ON_A_CASE)]
    large = [a_file("large", limits.MOST_BYTES_ON_A_CASE)]

    for files in (full, large):
        case = a_case(attached(*files, batch=many))
        assert case.aggregate.judge([a_file("more")], many) == {a_file("more").id: "case_full"}


def test_no_clock_hears_of_a_file():
    """`accepted` is a word of policies: what the complainant does with the answer, not a file."""
    case = a_case(attached(), taken())
    before = dict(case.aggregate.clocks)
    case.when(accepted)

    assert case.aggregate.clocks == before
    assert not case.aggregate.accepted


def test_a_file_that_is_not_there_is_refused_by_name():
    for ask in (taken(), accepted, refused, removed):
        with pytest.raises(NoSuchFile):
            ask(a_case().aggregate)


def test_a_case_that_is_not_there_or_was_merged_away_takes_no_file():
    order = Attach((a_file(),), BATCH, UNTIL)
    merged = a_case().aggregate
    merged.survivor = an_id("b")

    with pytest.raises(NotReceived):
        order.carry_out(Complaint(an_id()), by(AT), RULES)
    with pytest.raises(MergedAway, match=f"merged into {reference(an_id('b'), 'C')};"):
        order.carry_out(merged, by(AT), RULES)


def test_a_ticket_has_files_as_a_complaint_has():
    request = Request.model_validate({"form": "general", "category": "other"})
    ticket = Given(Ticket(an_id()), lambda t: t.open(request, by(AT), RULES))

    assert told(ticket.when(attached())) == ["Queued"]
    assert ticket.aggregate.in_flight == {A}


@pytest.mark.parametrize("kind", [Complaint, Ticket])
def test_a_replayed_case_has_the_files_of_the_live_one(kind: type[Case]):
    live = kind(an_id())
    steps = [attached(), taken(), noticed(AT + limits.SCANNING_LASTS), taken(), accepted, removed]
    for step in steps:
        step(live)
    replayed: Aggregate | None = kind.replay(None, live.collect_events())

    assert isinstance(replayed, Attached)
    assert replayed.files == live.files


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\me\receipt.pdf", "receipt.pdf"),
        ("a\x00b\x1b[31m.pdf", "ab[31m.pdf"),
        ("line\r\nSet-Cookie: a=b.pdf", "line Set-Cookie_ a=b.pdf"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("  spaced \u00a0 out .pdf ", "spaced out .pdf"),
        ("..", "file"),
        ("", "file"),
        ("/", "file"),
        (".htaccess", "htaccess"),
        ('quo"te<b>.png', "quo_te_b_.png"),
        ("Rec\u0327u e\u0301te\u0301.pdf", "Reçu été.pdf"),
        ("領収書.pdf", "領収書.pdf"),
        ("a" * 300 + ".pdf", "a" * (LONGEST - 4) + ".pdf"),
    ],
)
def test_a_name_is_kept_without_path_and_without_what_cannot_be_seen(given_name: str, kept: str):
    assert cleaned(given_name) == kept


@given(st.text())
def test_a_cleaned_name_is_a_line_that_stays_as_it_is(name: str):
    kept = cleaned(name)

    assert 0 < len(kept) <= LONGEST
    assert kept == cleaned(kept)
    assert kept.isprintable()
    assert not set(kept) & set('/\\"<>:|?*')


def test_a_file_is_saved_under_a_name_that_ends_as_its_content_says():
    assert handed_out("photo.JPEG", "jpeg") == "photo.JPEG"
    assert handed_out("evil.html", "pdf") == "evil.html.pdf"
    assert handed_out("scan", "png") == "scan.png"
