"""Every rule a command can break, by name.

The message is one sentence that says what is wrong and what to do about it; it
never repeats what a person typed.
"""

from __future__ import annotations


class DomainError(Exception):
    """A command was refused because a rule of the desk forbids it."""

    @property
    def remedy(self) -> str:
        """What is wrong and what to do about it, in one sentence."""
        return str(self) or (type(self).__doc__ or "").strip()


class AlreadyReceived(DomainError):
    """Another complaint has this identifier; send it under a new one."""


class AccountUnclear(DomainError):
    """Give the account id, or say with no_account that there is none, not both."""


class CaseEnded(DomainError):
    """The case has ended; reopen it first."""


class NotReceived(DomainError):
    """There is no such complaint."""


class AlreadyDecided(DomainError):
    """The decision has been sent; reopen the complaint to change it."""


class InvestigationNotStarted(DomainError):
    """Start the investigation first."""


class DecisionNotSent(DomainError):
    """Send the decision first, or record that the complaint was withdrawn."""


class ReasonMissing(DomainError):
    """Give the reason."""


class NothingToAssign(DomainError):
    """Name a team or an assignee."""


class InTheFuture(DomainError):
    """A fact cannot have occurred in the future; correct occurred_at."""


class BeforeReceipt(DomainError):
    """A fact of the case cannot precede its receipt; correct occurred_at."""


class UnknownRegime(DomainError):
    """No policy of that regime and version is loaded; load it with `plaint policy load`."""


class UnknownCalendar(DomainError):
    """No calendar of that code and version is resolved; run `plaint migrate`."""


class UnknownClock(DomainError):
    """The case has no clock of that id."""


class LostTheRace(DomainError):
    """Somebody else changed the case meanwhile; load it again and repeat the command."""
