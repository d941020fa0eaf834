"""A ticket: given what happened, when something is asked, then this is recorded, refused or ignored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain import errors
from domain.clocks import bind
from domain.errors import DomainError
from domain.kernel import Event
from domain.testing import RULES, Given, an_id, by, paris
from domain.ticket import Ticket
from domain.ticket import events as t
from domain.ticket.request import Request

OPENED = paris("2026-05-22T18:00")
LATER = by(paris("2026-05-26T10:00"))
EVEN_LATER = by(paris("2026-05-27T10:00"))
NO_CONFLICT: dict[str, object] = {"conflict_overridden": None, "override_reason": None}
SAID = {"made_sla": "false"}

Step = Callable[[Ticket], None]


def opened(**facts: Any) -> Step:
    request = Request.model_validate({"form": "general", "category": "other"} | facts)
    pins = bind(RULES, [RULES.regime("house")])
    return lambda ticket: ticket.open(request, by(OPENED), RULES, pins=pins)


def a_ticket(*history: Step, **facts: Any) -> Given[Ticket]:
    """Return a ticket opened on Friday 22 May 2026 at 18:00 in Paris, with what happened since."""
    return Given(Ticket(an_id()), opened(**facts), *history)


def asked(name: str, *facts: Any, **more: Any) -> Step:
    """Return the step that asks a command of a ticket on Tuesday."""

    def step(ticket: Ticket) -> None:
        getattr(ticket, name)(*facts, LATER, RULES, **more)

    step.__name__ = name
    return step


def own(events: list[tuple[str, dict[str, object]]]) -> list[tuple[str, dict[str, object]]]:
    """Return what the ticket recorded, without what its clocks answered."""
    return [(name, facts) for name, facts in events if not name.startswith("Clock")]


SOLVED, CLOSED = asked("solve"), asked("close")
RECORDED: dict[str, tuple[Step, tuple[Step, ...], str, dict[str, object]]] = {
    "triage": (
        asked("triage", "fees", subcategory="card", impact=1, urgency=2),
        (),
        "Triaged",
        {"category": "fees", "subcategory": "card", "impact": 1, "urgency": 2},
    ),
    "escalate": (
        asked("prioritise", "critical"),
        (),
        "Escalated",
        {"severity": "critical", "level": 2, "reason": None},
    ),
    "de-escalate": (asked("prioritise", "low"), (), "DeEscalated", {"severity": "low", "level": 0}),
    "assign": (
        asked("assign", "70", "13"),
        (),
        "Assigned",
        {"team": "70", "assignee": "13", "reason_code": None, "reason": None} | NO_CONFLICT,
    ),
    "investigate": (asked("investigate"), (), "InvestigationStarted", {}),
    "request-information": (
        asked("request_information", "Which printer?", occurred_at=LATER.recorded_at),
        (),
        "InformationRequested",
        {"text": "Which printer?"},
    ),
    "supply-information": (
        asked("supply_information", None),
        (asked("request_information", None),),
        "InformationSupplied",
        {"text": None, "answers": None},
    ),
    "suspend": (asked("suspend", "vendor"), (), "Suspended", {"cause": "vendor"}),
    "resume": (asked("resume"), (asked("suspend", "vendor"),), "Resumed", {}),
    "solve": (SOLVED, (), "Solved", {"text": None, "closes_at": paris("2026-06-03T00:00")}),
    "close": (
        asked("close", code="6"),
        (SOLVED,),
        "Closed",
        {"code": "6", "reopen_before": paris("2026-06-10T00:00")},
    ),
    "reopen": (asked("reopen", "It fails again."), (CLOSED,), "Reopened", {"reason": "It fails again."}),
}


@pytest.mark.parametrize(("command", "history", "name", "facts"), RECORDED.values(), ids=RECORDED.keys())
def test_a_command_is_recorded_once_and_again_it_is_no_news(
    command: Step, history: tuple[Step, ...], name: str, facts: dict[str, object]
):
    ticket = a_ticket(*history)

    assert own(ticket.when(command)) == [(name, facts | {"source": None})]
    assert ticket.when(command) == []


def test_a_ticket_is_opened_once():
    ticket = a_ticket(severity="low", impact=3, subcategory="card", assignee="anna", team="70")
    state = ticket.aggregate

    assert (state.status, state.team, state.assignee, state.severity, state.received_at) == (
        "open",
        "70",
        "anna",
        "low",
        OPENED,
    )
    with pytest.raises(errors.AlreadyReceived):
        opened()(state)


ENDED: list[tuple[Step, type[DomainError]]] = [
    (asked("triage", "fees"), errors.CaseEnded),
    (asked("prioritise", "high"), errors.CaseEnded),
    (asked("assign", "70", None), errors.CaseEnded),
    (asked("investigate"), errors.CaseEnded),
    (asked("request_information", "Which?"), errors.CaseEnded),
    (asked("supply_information", "This."), errors.CaseEnded),
    (asked("suspend", "vendor"), errors.CaseEnded),
    (SOLVED, errors.CaseEnded),
]


@pytest.mark.parametrize(("command", "rule"), ENDED)
def test_a_closed_ticket_is_reopened_first(command: Step, rule: type[DomainError]):
    with pytest.raises(rule):
        a_ticket(CLOSED).when(command)


@pytest.mark.parametrize(
    "command", [asked("investigate"), asked("request_information", None), asked("suspend", "problem")]
)
def test_a_solved_ticket_is_reopened_before_the_work_goes_on(command: Step):
    with pytest.raises(errors.AlreadySolved):
        a_ticket(SOLVED).when(command)


@pytest.mark.parametrize(
    "command",
    [
        asked("triage", "fees"),
        asked("close"),
        asked("reopen", None),
        asked("resume"),
        asked("note", "x"),
        asked("follow_source"),
    ],
)
def test_nothing_can_be_asked_of_a_ticket_that_is_not_there(command: Step):
    with pytest.raises(errors.NotOpened):
        Given(Ticket(an_id())).when(command)


def test_a_ticket_that_waits_goes_on_when_the_customer_says_something():
    ticket = a_ticket(asked("suspend", "vendor"))

    assert own(ticket.when(asked("supply_information", "It works on the other floor."))) == [
        ("InformationSupplied", {"source": None, "text": "It works on the other floor.", "answers": None})
    ]
    assert (ticket.aggregate.status, ticket.aggregate.waiting_for) == ("open", None)


def test_nothing_said_that_nobody_waits_for_is_no_news():
    assert a_ticket().when(asked("supply_information", None)) == []


def test_a_ticket_that_waits_for_one_thing_can_wait_for_another():
    ticket = a_ticket(asked("suspend", "vendor"), asked("request_information", None))

    assert ticket.aggregate.waiting_for == "customer"
    assert own(ticket.when(asked("suspend", "evidence"))) == [
        ("Suspended", {"source": None, "cause": "evidence"})
    ]


def test_the_level_of_an_escalation_is_counted_from_the_opening():
    ticket = a_ticket(severity="low")
    levels = [
        (name, facts["level"])
        for severity in ("critical", "high", "low")
        for name, facts in own(ticket.when(asked("prioritise", severity)))
    ]

    assert levels == [("Escalated", 3), ("DeEscalated", 2), ("DeEscalated", 0)]


def test_a_note_is_written_on_a_closed_ticket_too_and_told_twice_it_is_one():
    ticket = a_ticket(CLOSED)
    note = asked("note", "Called.", occurred_at=LATER.recorded_at)

    assert own(ticket.when(note)) == [
        ("Noted", {"source": None, "text": "Called.", "visibility": "internal"})
    ]
    assert ticket.when(note) == []


def test_what_the_register_says_is_kept_with_what_happened():
    ticket = a_ticket()

    assert own(ticket.when(asked("assign", "70", None, source=SAID))) == [
        (
            "Assigned",
            {"team": "70", "assignee": None, "source": SAID, "reason_code": None, "reason": None}
            | NO_CONFLICT,
        )
    ]
    assert own(ticket.when(asked("follow_source", source=SAID, personal={"location": "9"}))) == [
        ("SourceUpdated", {"source": SAID, "personal": {"location": "9"}})
    ]


def test_a_fact_neither_precedes_the_opening_nor_lies_ahead():
    before, ahead = paris("2026-05-22T17:59"), EVEN_LATER.recorded_at

    with pytest.raises(errors.BeforeReceipt):
        a_ticket().when(asked("solve", occurred_at=before))
    with pytest.raises(errors.InTheFuture):
        a_ticket().when(asked("solve", occurred_at=ahead))


def test_a_register_is_believed_that_says_something_came_before_the_opening():
    ticket = a_ticket(source={"system": "itsm", "id": "INC1"})
    before = paris("2026-05-22T17:59")

    solved = next(e for e in ticket.events(asked("solve", occurred_at=before)) if isinstance(e, t.Solved))
    assert solved.occurred_at == before
    with pytest.raises(errors.InTheFuture):
        ticket.when(asked("close", occurred_at=EVEN_LATER.recorded_at))


def test_clocks_hear_the_opening_as_a_receipt_and_the_solution_as_a_decision():
    ticket = Ticket(an_id())
    opened()(ticket)
    SOLVED(ticket)
    status = {clock.milestone: clock.status for clock in ticket.clocks.values()}

    assert status == {"acknowledgement": "running", "decision": "met"}


def test_a_ticket_replays_to_what_it_is():
    live = Ticket(an_id())
    history: list[Event] = []
    for step in (
        opened(severity="normal"),
        *(step for command, before, _, _ in RECORDED.values() for step in (*before, command)),
    ):
        try:
            step(live)
        except DomainError:
            continue
        history += live.collect_events()
    replayed = Ticket.replay(None, history)

    assert replayed is not None
    assert vars(replayed) == vars(live)
