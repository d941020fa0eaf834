"""The complaint: an expression of dissatisfaction, with legal clocks."""

from domain.complaint.intake import Intake
from domain.complaint.investigation import Investigation
from domain.complaint.resolution import Resolution


class Complaint(Intake, Investigation, Resolution):
    """A complaint from receipt to closing.

    ``received → acknowledged → investigating → resolved → closed``; acknowledgement is
    a milestone, not a gate; ``withdrawn`` and ``inadmissible`` are other ends.
    """


__all__ = ["Complaint"]
