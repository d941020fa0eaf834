"""The README's table of states is what the code does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from domain import commands as c
from domain.complaint import Complaint
from domain.complaint.state import Stage
from domain.errors import DomainError
from domain.testing import a_submission, an_id, by, paris, rules

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
    Stage.INADMISSIBLE: (c.Triage(category="fees", severity="low", admissible=False, reason="no client"),),
}
ASKED: Sequence[c.Command] = (
    c.Triage(category="deposit", severity="high", admissible=True),
    c.Acknowledge(),
    c.Assign(assignee="handler-1"),
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
    """But for those that change a clock: what they may do depends on the clock, not on the state."""
    about_clocks = {c.PauseClock, c.ResumeClock, c.Retarget, c.Extend, c.ExcuseMiss}

    assert {type(each) for each in ASKED} == set(c.COMMANDS) - about_clocks


def test_every_state_is_in_the_table() -> None:
    assert set(WAY) == set(Stage)


def test_the_table_in_the_readme_is_what_the_code_does() -> None:
    text = README.read_text("utf-8")
    shown = text.partition("<!-- states -->")[2].partition("<!-- /states -->")[0]

    assert shown.strip().splitlines() == table()
