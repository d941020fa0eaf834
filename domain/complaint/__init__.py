"""The complaint: an expression of dissatisfaction, with legal clocks."""

from domain.complaint.aftermath import Aftermath
from domain.complaint.in_error import InError
from domain.complaint.intake import Intake
from domain.complaint.investigation import Investigation
from domain.complaint.redirecting import Redirecting
from domain.complaint.resolution import Resolution
from domain.complaint.timing import Timing


class Complaint(InError, Intake, Redirecting, Investigation, Resolution, Aftermath, Timing):
    """A complaint from receipt to closing.

    ``received → acknowledged → investigating → resolved → closed``; acknowledgement is
    a milestone, not a gate; ``withdrawn``, ``redirected`` and ``inadmissible`` are other ends.
    """


__all__ = ["Complaint"]
