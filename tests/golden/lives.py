"""Lives of complaints that several tests share: each command where it is recorded, and a desk's month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain import commands as c
from domain.access import Role, Sensitivity
from domain.clocks import clock_id
from domain.commands import Command
from domain.complaint import Complaint
from domain.complaint.redress import RedressWish
from domain.configuration import Rules, Token
from domain.directory import LegalEntity, Team, User, entity_id, team_id, user_id
from domain.ids import derived
from domain.kernel import Event
from domain.policies import Rulebook, parse
from domain.testing import HOUSE, MICA, RULES, a_calendar, an_id, asked, by, paris, received, rules

BOTH = rules(HOUSE, MICA)
PATIENT_HOUSE = HOUSE.replace(
    'stop = ["decision_sent"]',
    """stop = ["decision_sent"]
pausable = true
extension = {by = "holding_reply_sent", limit = 15, required_parts = ["reasons", "final_date"]}""",
)
"""The house as it would be if its decision could stand still and be extended."""
PATIENT = rules(PATIENT_HOUSE)
TUESDAY = paris("2026-05-26T10:00")
LATER = paris("2026-05-26T15:00")
THURSDAY = paris("2026-05-28T10:00")
EVEN_LATER = paris("2026-05-28T15:00")

Step = Callable[[Complaint], None]


@dataclass(frozen=True)
class Example:
    """A command, sent in the afternoon to a complaint that had done *history* in the morning."""

    command: Command
    history: tuple[Command, ...] = ()
    book: Rulebook = RULES
    morning: datetime = TUESDAY
    at: datetime = LATER
    actor: str = "handler"

    @property
    def steps(self) -> tuple[Step, ...]:
        """What happened before, in the morning."""
        return self.before(an_id())[1:]

    def before(self, id: UUID) -> tuple[Step, ...]:
        """Return what happened before to the complaint *id*, from its receipt on."""
        history = (asked(_on(each, id), self.morning, book=self.book) for each in self.history)
        return (received(book=self.book), *history)

    def asks(self, id: UUID | None = None, *, actor: str | None = None) -> Step:
        """Return the step that asks the command of the complaint *id*."""
        command = _on(self.command, id or an_id())
        return asked(command, self.at, book=self.book, actor=actor or self.actor)


ACK, DECISION = (clock_id(an_id(), "house", name, 1) for name in ("acknowledgement", "decision"))


def _on(command: Command, id: UUID) -> Command:
    """Return *command* with the clock that it names on another complaint."""
    if isinstance(command, c.AnswerConsultation):
        return command.model_copy(update={"consultation": derived(id, "consultation/1")})
    names = {ACK: "acknowledgement", DECISION: "decision"}
    clock: UUID | None = getattr(command, "clock", None)
    if clock is None:
        return command
    return command.model_copy(update={"clock": clock_id(id, "house", names[clock], 1)})


RESOLVED = c.Resolve(outcome="upheld", reasons="The network fee was charged twice.")
A_LAWYER = c.AddRepresentative(name="A. Lawyer", power_of_attorney="Deed of 2 May 2026", paid=True)
CARE = c.FlagVulnerability(how_known="The complainant said so on the telephone.", driver="health")
ASKED_THE_TREASURY = c.RecordStep(
    kind="department_consulted", summary="Asked the treasury.", department="treasury"
)
CONSULTATION = derived(an_id(), "consultation/1")
FOUND = c.RecordFinding(point="fee", finding="substantiated", summary="It was charged twice.")
MONEY = RedressWish(kind="money", amount="12.50", currency="EUR", description="The second fee.")
PROPOSED = c.ProposeResolution(outcome="upheld", reasons="The fee was charged twice.", redress=(MONEY,))
GRANTED = c.Resolve(outcome="upheld", reasons="The fee was charged twice.", redress=(MONEY,))
EXAMPLES = {
    type(example.command): example
    for example in (
        Example(c.Triage(category="fees", severity="high", admissible=True)),
        Example(c.Acknowledge()),
        Example(c.Assign(team="payments", assignee="anna")),
        Example(
            c.HandOver(
                team="payments", assignee="anna", reason_code="expertise", reason="She knows the bank."
            ),
            (c.Assign(assignee="ben"),),
        ),
        Example(c.Investigate()),
        Example(ASKED_THE_TREASURY, (c.Investigate(),)),
        Example(c.RequestInformation(text="Which address did you use?")),
        Example(c.SupplyInformation(), (c.RequestInformation(text="Which address did you use?"),)),
        Example(c.CompleteInvestigation(), (c.Investigate(),)),
        Example(c.SendUpdate(text="We have found the transaction.")),
        Example(c.Escalate(reason="Third complaint this year.", level=2)),
        Example(c.DeEscalate(), (c.Escalate(reason="Third complaint this year."),)),
        Example(RESOLVED),
        Example(c.Accept()),
        Example(c.Close(), (RESOLVED,)),
        Example(c.Reopen(reason="The refund has not arrived."), (RESOLVED, c.Close())),
        Example(c.Withdraw(reason="Found it.")),
        Example(c.Redirect(reason="A question about the tariff.")),
        Example(c.Note(text="Called; no answer.")),
        Example(c.PauseClock(clock=DECISION, reason="Travelling."), book=PATIENT),
        Example(
            c.ResumeClock(clock=DECISION),
            (c.PauseClock(clock=DECISION, reason="Travelling."),),
            book=PATIENT,
        ),
        Example(
            c.Retarget(clock=ACK, cause="start_corrected", started_at=paris("2026-05-21T18:00")),
        ),
        Example(c.Extend(clock=DECISION, parts=("final_date", "reasons")), book=PATIENT),
        Example(
            c.ExcuseMiss(clock=ACK, reason_code="third_party", reason="The post was on strike."),
            (c.NoticeMisses(now=THURSDAY),),
            morning=THURSDAY,
            at=EVEN_LATER,
        ),
        Example(A_LAWYER),
        Example(c.RemoveRepresentative(number=1, reason="The mandate has ended."), (A_LAWYER,)),
        Example(CARE),
        Example(c.LiftVulnerability(reason="The operation went well."), (CARE,)),
        Example(c.SetSensitivity(sensitivity=Sensitivity.RESTRICTED, reason="A colleague is named.")),
        Example(
            c.AnswerConsultation(consultation=CONSULTATION, text="It was held for review."),
            (c.Investigate(), ASKED_THE_TREASURY),
        ),
        Example(FOUND, (c.Investigate(),)),
        Example(PROPOSED),
        Example(c.ApproveResolution(), (PROPOSED,), actor="supervisor"),
        Example(c.ReturnResolution(reason="The interest is missing."), (PROPOSED,), actor="supervisor"),
        Example(c.PayRedress(redress=1, reference="SEPA 4711"), (GRANTED,)),
        Example(c.NamePersonComplainedOf(user="user:ben")),
        Example(c.ReferExternally(body="AMF", reference="M-17")),
        Example(
            c.RecordExternalOutcome(body="AMF", outcome="firm_upheld", binding=False),
            (c.ReferExternally(body="AMF"),),
        ),
        Example(c.Correct(what="full_name", value="Someone Else", reason="Misread.")),
        Example(c.Rate(score=4, comment="Quick and clear."), (RESOLVED, c.Close())),
        Example(c.PlaceHold(kind="legal", reason="A claim was lodged.")),
        Example(
            c.LiftHold(reason="The claim was settled."),
            (c.PlaceHold(kind="legal", reason="A claim was lodged."),),
        ),
    )
}
"""Each command on a complaint that records it."""


def a_month() -> Iterator[Event]:
    """Yield the events of a desk in order of time: six complaints, a policy, a calendar, two tokens, the staff."""
    yield from configuration()
    streams = [list(life(number)) for number in range(6)]
    for turn in range(max(map(len, streams))):
        for stream in streams:
            if turn < len(stream):
                yield stream[turn]
    yield from staff()


def configuration() -> Iterator[Event]:
    """Yield what an administrator recorded."""
    admin = by(paris("2026-05-01T09:00"), "system:migrate")
    book = Rules()
    book.load_policy(parse(HOUSE, "house.toml"), HOUSE, admin)
    book.load_policy(parse(MICA, "mica.toml"), MICA, admin)
    book.resolve_calendar(a_calendar(), admin)
    yield from book.collect_events()
    for name in ("kept", "lost"):
        token = Token(an_id(f"token {name[0]}"))
        token.create(name, Role.HANDLER, ("complaints",), name * 3, admin)
        if name == "lost":
            token.revoke(admin)
        yield from token.collect_events()


def staff() -> Iterator[Event]:
    """Yield what became of the staff: a company, a team, and two users, of whom one leaves."""
    admin = by(paris("2026-05-01T10:00"), "system:migrate")
    entity, team = LegalEntity(entity_id("main")), Team(team_id("payments"))
    entity.add("main", admin)
    entity.change(admin, title="Example Europe SA")
    team.add("payments", admin, legal_entity="main")
    team.change(admin, title="Payments")
    anna, ben = User(user_id("anna")), User(user_id("ben"))
    for user, login in ((anna, "anna"), (ben, "ben")):
        user.add(login, admin, name=f"{login.title()} Example", role=Role.HANDLER, teams=("payments",))
    anna.change(admin, email="anna@example.org")
    anna.leave(admin, successor="ben")
    anna.finish_hand_over(admin)
    for each in (entity, team, anna, ben):
        yield from each.collect_events()


def life(number: int) -> Iterator[Event]:
    """Yield the life of one of six complaints, no two alike."""
    complaint = Complaint(an_id(f"life {number}"))
    received(
        paris(f"2026-05-{18 + number}T11:00"),
        book=BOTH,
        country="GB" if number % 2 else "FR",
        category=("withdrawal", "fees", "staking")[number % 3],
        channel=("web", "email")[number % 2],
    )(complaint)
    for at, command in LIVES[number]:
        asked(command, at, book=BOTH)(complaint)
    yield from complaint.collect_events()


def _days(*days: tuple[str, Command]) -> tuple[tuple[datetime, Command], ...]:
    return tuple((paris(f"2026-{day}"), command) for day, command in days)


def _sweep(day: str) -> tuple[str, Command]:
    return day, c.NoticeMisses(now=paris(f"2026-{day}"))


LIVES: tuple[tuple[tuple[datetime, Command], ...], ...] = (
    _days(
        ("05-19T09:00", c.Acknowledge()),
        ("05-19T09:05", c.Triage(category="deposit", severity="low", admissible=True)),
        ("05-20T09:00", c.Assign(team="payments", assignee="anna")),
        ("05-21T09:00", c.Investigate()),
        ("05-22T09:00", c.RecordStep(kind="account_activity", summary="Read the account.")),
        ("05-26T09:00", RESOLVED),
        ("06-15T09:00", c.Close()),
    ),
    _days(
        _sweep("05-30T09:00"),
        ("06-01T09:00", c.Acknowledge()),
        ("06-02T09:00", c.Escalate(reason="Late.", level=2)),
        _sweep("06-20T09:00"),
        ("06-21T09:00", c.SendUpdate(text="We are late.")),
        ("06-22T09:00", c.DeEscalate()),
    ),
    _days(
        ("05-21T09:00", c.Triage(category="other", severity="low", admissible=False, reason="Not a client.")),
        ("06-03T09:00", c.Reopen(reason="A client after all.")),
        _sweep("06-30T09:00"),
    ),
    _days(
        ("05-22T09:00", c.Triage(category="fees", severity="critical", admissible=True, complex=True)),
        ("05-26T09:00", c.SendUpdate(text="We look into it.")),
        _sweep("06-08T09:00"),
        ("06-09T09:00", c.Withdraw(reason="Found it.")),
    ),
    _days(
        _sweep("07-30T09:00"),
        ("07-31T09:00", c.Acknowledge(sent_at=paris("2026-05-23T09:00"))),
        ("07-31T10:00", c.Note(text="The letter was in the other folder.")),
        ("07-31T11:00", c.Resolve(outcome="rejected", reasons="The fee is in the tariff.")),
    ),
    (),
)
