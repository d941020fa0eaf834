"""What a simulated desk does with one complaint: a plan of commands, each with its instant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeAlias, TypeVar

from adapters.demo.office import MINUTE, Office
from domain import commands as c
from domain.complaint.codes import Outcome, Severity, StepKind

T = TypeVar("T")
Step: TypeAlias = tuple[datetime, c.Command]

HANDLERS = tuple(f"handler-{n}" for n in range(1, 9))
OUTCOMES: tuple[Outcome, ...] = ("rejected", "upheld", "partly_upheld", "goodwill", "settled")
SEVERITIES: dict[Severity, int] = {"low": 20, "normal": 60, "high": 17, "critical": 3}
STEPS: tuple[tuple[StepKind, str, str | None], ...] = (
    ("account_activity", "Simulated: the account's activity was reviewed.", None),
    ("interaction_history", "Simulated: earlier correspondence was read.", None),
    ("department_consulted", "Simulated: operations confirmed the course of events.", "operations"),
    ("department_consulted", "Simulated: compliance gave its view.", "compliance"),
    ("other", "Simulated: the evidence was weighed.", None),
)

IN_TIME_ACKNOWLEDGED, LATE_ACKNOWLEDGED = 0.92, 0.06
INADMISSIBLE, WITHDRAWN, COMPLEX, ESCALATED, REOPENED = 0.012, 0.02, 0.08, 0.04, 0.03
DECIDED_IN_TIME, DECIDED_LATE = 0.875, 0.11
"""The rest is forgotten for weeks."""


@dataclass
class Story:
    """One complaint's days at the desk, drawn from *chance*."""

    office: Office
    chance: Random
    received_at: datetime
    category: str
    outcome: Outcome | None
    steps: list[Step] = field(default_factory=list[Step])

    def told(self) -> list[Step]:
        """Return every step in order of time, as if nobody ever interrupted."""
        triaged = self.office.on(self.received_at, self._one_of({0: 6, 1: 4}), self.chance)
        if self._happens(INADMISSIBLE):
            self._turn_away(triaged)
        else:
            self._look_into(triaged)
        return sorted(self.steps, key=lambda step: step[0])

    def _look_into(self, triaged: datetime) -> None:
        complex_ = self._happens(COMPLEX)
        days = self._days_to_decide() + (3 if complex_ else 0)
        assess = c.Triage(
            category=self.category,
            severity=self._one_of(SEVERITIES),
            admissible=True,
            complex=complex_ or None,
        )
        self._do(triaged, assess)
        assigned = triaged + MINUTE * self.chance.randint(2, 40)
        self._do(assigned, c.Assign(assignee=self.chance.choice(HANDLERS)))
        begun = self.office.on(assigned, self._one_of({0: 5, 1: 5}), self.chance)
        self._do(begun, c.Investigate())
        decided = max(self.office.on(self.received_at, days, self.chance), begun + 45 * MINUTE)
        self._acknowledge(decided)
        self._investigate(begun, decided)
        if complex_:
            self._update(triaged, decided)
        elif days > 7:
            self._update(self.office.on(self.received_at, 7, self.chance), decided)
        self._decide(decided)
        if self._happens(WITHDRAWN):
            self._withdraw(assigned, decided)

    def _turn_away(self, triaged: datetime) -> None:
        reason = "Simulated: the matter is before a court."
        severity: Severity = "low"
        self._acknowledge(triaged)
        assess = c.Triage(category=self.category, severity=severity, admissible=False, reason=reason)
        self._do(triaged, assess)

    def _acknowledge(self, before: datetime) -> None:
        """Send the acknowledgement, in time, late or never, and not after *before*."""
        lot = self.chance.random()
        if lot < IN_TIME_ACKNOWLEDGED:
            at = self.office.on(self.received_at, self._one_of({0: 5, 1: 4, 2: 1}), self.chance)
            halfway = self.received_at + (before - self.received_at) / 2
            self._do(min(at, halfway), c.Acknowledge())
        elif lot < IN_TIME_ACKNOWLEDGED + LATE_ACKNOWLEDGED:
            at = self.office.on(self.received_at, self.chance.randint(3, 6), self.chance)
            if at < before:
                self._do(at, c.Acknowledge())

    def _days_to_decide(self) -> int:
        lot = self.chance.random()
        if lot < DECIDED_IN_TIME:
            return self._one_of({1: 6, 2: 12, 3: 18, 4: 22, 5: 20, 6: 14, 7: 8})
        if lot < DECIDED_IN_TIME + DECIDED_LATE:
            return 8 + min(22, int(self.chance.expovariate(1 / 5)))
        return self.chance.randint(35, 70)

    def _investigate(self, begun: datetime, decided: datetime) -> None:
        for kind, summary, department in self.chance.sample(STEPS, self.chance.randint(1, 3)):
            step = c.RecordStep(kind=kind, summary=summary, department=department)
            self._do(self.office.between(begun, decided, self.chance), step)
        late = decided - begun > timedelta(days=14)
        if self._happens(ESCALATED * (4 if late else 1)):
            at = self.office.between(begun, decided, self.chance)
            self._do(at, c.Escalate(reason="Simulated: the complainant asked for a manager."))
            if self._happens(0.4):
                self._do(self.office.between(at, decided, self.chance), c.DeEscalate())
        if self._happens(0.15):
            text = "Simulated: the complainant rang and was told where the complaint stands."
            self._do(self.office.between(begun, decided, self.chance), c.Note(text=text))
        if self._happens(0.05):
            other = c.Assign(assignee=self.chance.choice(HANDLERS))
            self._do(self.office.between(begun, decided, self.chance), other)

    def _update(self, since: datetime, decided: datetime) -> None:
        """Tell the complainant every few days how the matter stands; now and then too late."""
        for number in range(1, 30):
            since = self.office.on(since, self._one_of({3: 3, 4: 5, 5: 4, 7: 2}), self.chance)
            if since >= decided:
                return
            text = f"Simulated update {number}: we are still looking into your complaint."
            self._do(since, c.SendUpdate(text=text))

    def _decide(self, at: datetime) -> None:
        closed = self._resolve(at)
        if self._happens(REOPENED):
            reopened = self.office.on(closed, self.chance.randint(1, 8), self.chance)
            self._do(reopened, c.Reopen(reason="Simulated: the complainant sent new evidence."))
            begun = reopened + 30 * MINUTE
            decided = self.office.on(begun, self.chance.randint(2, 9), self.chance)
            self._update(begun, decided)
            self._resolve(decided)

    def _resolve(self, at: datetime) -> datetime:
        outcome = self.outcome or self.chance.choice(OUTCOMES)
        self._do(at, c.Resolve(outcome=outcome, reasons=f"Simulated decision: {outcome.replace('_', ' ')}."))
        closed = self.office.on(at, self._one_of({0: 4, 1: 4, 2: 2, 5: 1}), self.chance)
        self._do(closed, c.Close())
        return closed

    def _withdraw(self, assigned: datetime, decided: datetime) -> None:
        at = self.office.between(assigned, decided, self.chance)
        self.steps = [step for step in self.steps if step[0] < at]
        self._do(at, c.Withdraw(reason="Simulated: the matter was settled otherwise."))

    def _do(self, at: datetime, command: c.Command) -> None:
        self.steps.append((at, command))

    def _happens(self, likelihood: float) -> bool:
        return self.chance.random() < likelihood

    def _one_of(self, weighed: dict[T, int]) -> T:
        return self.chance.choices(list(weighed), list(weighed.values()))[0]
