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


class NotOpened(DomainError):
    """There is no such ticket."""


class AlreadySolved(DomainError):
    """The answer has been given; reopen the ticket to go on with it."""


class NotRateable(DomainError):
    """Only a solution can be rated; solve the ticket first."""


class AlreadyRated(DomainError):
    """The solution was rated; it can be rated anew when the ticket was reopened and solved again."""


class AnswersDoNotMatch(DomainError):
    """Give one answer for each question that was asked, in their order; other text belongs into text."""


class AppointmentInThePast(DomainError):
    """An appointment lies ahead; correct starts_at."""


class AppointmentEndsTooEarly(DomainError):
    """An appointment ends after it starts; correct ends_at."""


class ReopenedTooLate(DomainError):
    """The time to reopen the ticket is over; open a new one, with this one named as its parent."""


class AlreadyDecided(DomainError):
    """The decision has been sent; reopen the complaint to change it."""


class InvestigationNotStarted(DomainError):
    """Start the investigation first."""


class DecisionNotSent(DomainError):
    """Send the decision first, or record that the complaint was withdrawn."""


class ReasonMissing(DomainError):
    """Give the reason."""


class ReasonCodeUnfit(DomainError):
    """An admissible complaint has no reason_code; leave it out, or set admissible to false."""


class UnknownScope(DomainError):
    """No policy of a regime in in_scope_regimes is loaded; correct it, or load the policy."""


class NothingToAssign(DomainError):
    """Name a team or an assignee."""


class InTheFuture(DomainError):
    """A fact cannot have occurred in the future; correct occurred_at."""


class AfterReceipt(DomainError):
    """A complaint is received after it was sent and first told of; correct the instants."""


class DissatisfiedLater(DomainError):
    """A ticket is promoted after the dissatisfaction was first told; correct first_dissatisfaction_at."""


class NotRepresented(DomainError):
    """The case has no representative of that number; see `representatives` of the case."""


class BeforeReceipt(DomainError):
    """A fact of the case cannot precede its receipt; correct occurred_at."""


class UnknownRegime(DomainError):
    """No policy of that regime and version is loaded; load it with `plaint policy load`."""


class UnknownCalendar(DomainError):
    """No calendar of that code and version is resolved; run `plaint migrate`."""


class UnknownClock(DomainError):
    """The case has no clock of that id."""


class ClockNotLive(DomainError):
    """That clock was met, missed or cancelled, or has just fallen due; only an open clock can be changed."""


class ClockUnnamed(DomainError):
    """Name the clock whose start is corrected."""


class StartInTheFuture(DomainError):
    """A clock cannot have started in the future; correct started_at."""


class NotPausable(DomainError):
    """That promise cannot stand still; only a term with pausable = true can."""


class ResumedTooEarly(DomainError):
    """A clock cannot run again before it was paused; correct occurred_at."""


class PauseForbidden(DomainError):
    """The clock stands still, and that version lets it not; resume it first."""


class PromiseDropped(DomainError):
    """That version of the regime does not make this promise; name a version that does."""


class NotExtendable(DomainError):
    """The term of that clock knows no notice that extends it."""


class PartsMissing(DomainError):
    """The notice lacks a part that the term requires; list in parts all that it contained."""


class NotMissed(DomainError):
    """That clock was not missed; there is nothing to excuse."""


class PersonalDataErased(DomainError):
    """The personal data of this case was erased; nothing that concerns a person can be added to it."""


class LostTheRace(DomainError):
    """Somebody else changed the case meanwhile; load it again and repeat the command."""
