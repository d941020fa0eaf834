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
    """Only what has ended can be rated; solve the ticket or close the complaint first."""


class AlreadyRated(DomainError):
    """The case has its rating; it can be rated again when it was reopened and has ended again."""


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


class UnknownConsultation(DomainError):
    """The case has no consultation of that id; see its steps."""


class AlreadyAnswered(DomainError):
    """The department has answered; record another consultation for another answer."""


class NobodyConsulted(DomainError):
    """Only a department that is consulted has a due_at; name it, with the kind department_consulted."""


class DueBeforeAsked(DomainError):
    """A department cannot have to answer before it is asked; correct due_at."""


class NothingProposed(DomainError):
    """No resolution is proposed; propose one first."""


class ProposedByYourself(DomainError):
    """Nobody judges their own proposal, whoever they act as; ask somebody else to."""


class ApprovalMissing(DomainError):
    """The policy wants a second person for this decision; propose it, and have somebody approve it."""


class ApprovedOtherwise(DomainError):
    """Another answer was approved; send that one, or propose this one and have it approved."""


class DecidedBefore(DomainError):
    """Who took part in the former decision does not decide alone; have somebody else propose or approve."""


class PointUnanswered(DomainError):
    """The answer leaves out a point on which there is a finding; list it in points, or leave points out."""


class UnknownRedress(DomainError):
    """No decision on this case grants redress of that number; see its redress."""


class ConflictOfInterest(DomainError):
    """The case is not for them; name somebody else, or have a supervisor give an override_reason."""


class NotYoursToDecide(DomainError):
    """Somebody else has to decide on this complaint; leave it to them."""


class NothingReferred(DomainError):
    """The case was not referred to that body; record the referral first."""


class InstantImpossible(DomainError):
    """The instant lies in the future, or after what is known to have followed it; correct value."""


class UnknownEvent(DomainError):
    """The case has no fact of that version that can be marked; see its history."""


class ReopenInstead(DomainError):
    """A wrong decision is not corrected but made anew; reopen the complaint."""


class PersonalDataErased(DomainError):
    """The personal data of this case was erased; nothing that concerns a person can be added to it."""


class LostTheRace(DomainError):
    """Somebody else changed the case meanwhile; load it again and repeat the command."""
