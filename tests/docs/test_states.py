"""The README's tables of states are what the code does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from domain import commands as c
from domain.access import Sensitivity
from domain.case import Case
from domain.complaint import Complaint
from domain.complaint.state import Stage
from domain.errors import DomainError
from domain.kernel import Context
from domain.linking.merging import merge
from domain.policies import Rulebook
from domain.testing import RULES, a_submission, an_id, by, paris, rules
from domain.ticket import Ticket
from domain.ticket.appointments import Slot
from domain.ticket.request import Request
from domain.ticket.state import Stage as TicketStage


class Merged(c.Command):
    """Let the case go on in another one."""

    def carry_out(self, case: Case, by: Context, house: Rulebook, /) -> None:
        """Merge *case* into a complaint that came in at the same time."""
        survivor = Complaint(an_id("survivor"))
        survivor.receive(a_submission(), by, house)
        merge(case, survivor, by, house)


README = Path(__file__).parents[2] / "README.md"
DECIDED = c.Resolve(outcome="upheld", reasons="as asked")
WAY: Mapping[Stage, Sequence[c.Command]] = {
    Stage.RECEIVED: (),
    Stage.ACKNOWLEDGED: (c.Acknowledge(),),
    Stage.INVESTIGATING: (c.Investigate(),),
    Stage.RESOLVED: (DECIDED,),
    Stage.CLOSED: (DECIDED, c.Close()),
    Stage.WITHDRAWN: (c.Withdraw(reason="settled"),),
    Stage.REDIRECTED: (c.Redirect(reason="a question"),),
    Stage.MERGED: (Merged(),),
    Stage.INADMISSIBLE: (c.Triage(category="fees", severity="low", admissible=False, reason="no client"),),
}
ASKED: Sequence[c.Command] = (
    c.Triage(category="deposit", severity="high", admissible=True),
    c.Acknowledge(),
    c.Assign(assignee="handler-1"),
    c.HandOver(assignee="handler-1", reason_code="workload"),
    c.Investigate(),
    c.RecordStep(kind="other", summary="called"),
    c.RequestInformation(text="which address?"),
    c.SupplyInformation(text="the one on the receipt"),
    c.CompleteInvestigation(),
    c.SendUpdate(text="we are looking into it"),
    c.Escalate(reason="press"),
    c.DeEscalate(),
    c.Resolve(outcome="rejected", reasons="terms"),
    c.Accept(),
    c.Close(),
    c.Reopen(reason="new facts"),
    c.Withdraw(reason="settled"),
    c.Redirect(reason="a question"),
    c.Note(text="called back"),
    c.AddRepresentative(name="A. Lawyer", power_of_attorney="deed of 2 May"),
    c.RemoveRepresentative(number=1),
    c.FlagVulnerability(how_known="said so"),
    c.LiftVulnerability(reason="well again"),
    c.SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="a colleague is named"),
    c.RecordFinding(point="fee", finding="substantiated", summary="charged twice"),
    c.ProposeResolution(outcome="rejected", reasons="terms"),
    c.NamePersonComplainedOf(user="handler-2"),
    c.ReferExternally(body="AMF"),
    c.Correct(what="full_name", value="Someone Else", reason="misread"),
    c.Rate(score=4),
    c.PlaceHold(kind="legal", reason="a claim"),
)


def ending(stage: Stage, command: c.Command) -> str:
    house, begin = rules(), paris("2026-05-22T18:00")
    complaint = Complaint(an_id())
    complaint.receive(a_submission(), by(begin), house)
    for minute, step in enumerate(WAY[stage], start=1):
        step.carry_out(complaint, by(begin + timedelta(minutes=minute)), house)
    complaint.collect_events()
    try:
        command.carry_out(complaint, by(begin + timedelta(minutes=9)), house)
    except DomainError:
        return "✗"
    if not complaint.collect_events():
        return "–"
    return "•" if complaint.status is stage else str(complaint.status)


def table() -> list[str]:
    rows = [["command", *WAY], ["---"] * (len(WAY) + 1)]
    rows += [[f"`{each.NAME}`", *(ending(stage, each) for stage in WAY)] for each in ASKED]
    return [f"| {' | '.join(row)} |" for row in rows]


def test_every_command_is_in_the_table() -> None:
    """But for those that change a clock, or answer what was asked: they depend on that, not on the state."""
    about_clocks = {c.PauseClock, c.ResumeClock, c.Retarget, c.Extend, c.ExcuseMiss}
    answering = {
        c.AnswerConsultation,
        c.ApproveResolution,
        c.ReturnResolution,
        c.PayRedress,
        c.RecordExternalOutcome,
        c.LiftHold,
    }

    assert {type(each) for each in ASKED} == set(c.COMMANDS) - about_clocks - answering


def test_every_state_is_in_the_table() -> None:
    assert set(WAY) == set(Stage)


SLOT = Slot(kind="callback", starts_at=paris("2026-05-28T14:00"), zone="Europe/Paris")
TicketStep = Callable[[Ticket, Context], None]
TICKET_WAY: Mapping[TicketStage, Sequence[TicketStep]] = {
    TicketStage.OPEN: (),
    TicketStage.PENDING: (lambda ticket, by: ticket.suspend("vendor", by, RULES),),
    TicketStage.SOLVED: (lambda ticket, by: ticket.solve(by, RULES),),
    TicketStage.CLOSED: (lambda ticket, by: ticket.close(by, RULES),),
    TicketStage.MERGED: (lambda ticket, by: Merged().carry_out(ticket, by, RULES),),
}
ASKED_OF_TICKETS: Mapping[str, TicketStep] = {
    "triage": lambda ticket, by: ticket.triage("fees", by, RULES),
    "prioritise": lambda ticket, by: ticket.prioritise("high", by, RULES),
    "escalate": lambda ticket, by: ticket.escalate("the amount is large", by, RULES),
    "de_escalate": lambda ticket, by: ticket.de_escalate(by, RULES),
    "acknowledge": lambda ticket, by: ticket.acknowledge(by, RULES),
    "assign": lambda ticket, by: ticket.assign("payments", "anna", by, RULES),
    "hand_on": lambda ticket, by: ticket.hand_on(
        by, RULES, team=None, assignee="anna", reason_code="workload"
    ),
    "investigate": lambda ticket, by: ticket.investigate(by, RULES),
    "reply": lambda ticket, by: ticket.reply("we look into it", by, RULES),
    "ask_follow_up": lambda ticket, by: ticket.ask_follow_up(("which?",), by, RULES),
    "book_appointment": lambda ticket, by: ticket.book_appointment(SLOT, by, RULES),
    "cancel_appointment": lambda ticket, by: ticket.cancel_appointment(None, by, RULES),
    "request_information": lambda ticket, by: ticket.request_information("which?", by, RULES),
    "supply_information": lambda ticket, by: ticket.supply_information("this", by, RULES),
    "suspend": lambda ticket, by: ticket.suspend("evidence", by, RULES),
    "resume": lambda ticket, by: ticket.resume(by, RULES),
    "solve": lambda ticket, by: ticket.solve(by, RULES),
    "close": lambda ticket, by: ticket.close(by, RULES),
    "reopen": lambda ticket, by: ticket.reopen("again", by, RULES),
    "rate": lambda ticket, by: ticket.rate(4, by, RULES),
    "note": lambda ticket, by: ticket.note("called back", by, RULES),
    "promote": lambda ticket, by: ticket.promote("they complain", "fees", by, RULES),
    "follow_source": lambda ticket, by: ticket.follow_source(by, RULES),
}


def ticket_ending(stage: TicketStage, command: TicketStep) -> str:
    begin = paris("2026-05-22T18:00")
    ticket = Ticket(an_id())
    ticket.open(Request(form="general", category="other"), by(begin), RULES)
    for step in TICKET_WAY[stage]:
        step(ticket, by(begin + timedelta(minutes=1)))
    ticket.collect_events()
    try:
        command(ticket, by(begin + timedelta(minutes=9)))
    except DomainError:
        return "✗"
    if not ticket.collect_events():
        return "–"
    return "•" if ticket.status is stage else str(ticket.status)


def ticket_table() -> list[str]:
    rows = [["command", *TICKET_WAY], ["---"] * (len(TICKET_WAY) + 1)]
    rows += [
        [f"`{name}`", *(ticket_ending(stage, each) for stage in TICKET_WAY)]
        for name, each in ASKED_OF_TICKETS.items()
    ]
    return [f"| {' | '.join(row)} |" for row in rows]


def test_every_command_and_state_of_a_ticket_is_in_its_table() -> None:
    commands = {
        name
        for part in Ticket.__bases__
        for name, value in vars(part).items()
        if callable(value) and not name.startswith("_")
    }

    by_others = {"open", "notice_timers", "ask_for_files"}
    of_every_case = {"hand_on"}
    with_questions = {"supply_answers"}
    overridden = {"evolve", "comes_back"}
    assert set(ASKED_OF_TICKETS) == (commands | of_every_case) - by_others - with_questions - overridden
    assert set(TICKET_WAY) == set(TicketStage)


def shown(name: str) -> list[str]:
    text = README.read_text("utf-8")
    return text.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0].strip().splitlines()


def test_the_tables_in_the_readme_are_what_the_code_does() -> None:
    assert shown("states") == table()
    assert shown("ticket states") == ticket_table()
