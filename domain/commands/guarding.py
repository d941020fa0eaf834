"""What is asked about who a case exists for: how closely it is kept, and to open it in an emergency."""

from __future__ import annotations

from domain.access import Sensitivity
from domain.case import Case
from domain.commands.command import Command, Either
from domain.kernel import Context, Value
from domain.policies import Rulebook
from domain.privacy import Code, PersonalText


class SetSensitivity(Command):
    """Keep the case more closely, or less."""

    NAME = "set-sensitivity"

    sensitivity: Sensitivity
    reason: PersonalText

    def carry_out(self, case: Either, by: Context, rules: Rulebook, /) -> None:
        """Ask *case*; it records, refuses or ignores."""
        case.set_sensitivity(self.sensitivity, self.reason, by, rules, occurred_at=self.occurred_at)


class BreakGlass(Value):
    """Open a case that is hidden from you, in an emergency; the act and its reason are recorded."""

    reason: PersonalText


class GrantEmergencyAccess(Value):
    """Open a case of either kind to *principal*, who gave *reason*.

    It is none of the COMMANDS: it needs no version, which nobody can know of a case that is
    hidden from them, and it cannot be dated back.
    """

    principal: Code
    reason: PersonalText

    def carry_out(self, case: Case, by: Context, rules: Rulebook) -> None:
        """Ask *case*; it records or ignores."""
        case.grant_emergency_access(self.principal, self.reason, by, rules)
