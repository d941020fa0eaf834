"""Every reaction of an installation."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.leases import only_one
from adapters.views.children import ChildrenNow
from adapters.views.colleagues import ColleaguesNow
from adapters.views.issues import IssuesNow
from adapters.views.ladders import LaddersNow
from domain.reactions.appointments import PlanTheConfirmationOfAnAppointment
from domain.reactions.assigning import AssignToTheLeastBusyOfTheTeam
from domain.reactions.escalating import HandEscalatedCasesToTheTeamOfTheirLevel
from domain.reactions.follow_ups import AnswerTheFollowUpOfAParent, RateTheParentOfFeedback
from domain.reactions.issues import LinkACaseToItsIssue, LinkWhatCameBeforeTheIssue, TellEveryLinkedCase
from domain.reactions.merging import MergeAnUploadIntoItsParent
from domain.reactions.promoting import ReceiveAComplaintForAPromotedTicket
from domain.reactions.redirecting import OpenATicketForARedirectedComplaint
from domain.reactions.required_files import GoOnWithATicketWhoseFileHasCome
from domain.reactions.sensitivity import FollowTheSensitivityOfAParent

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.kernel import Aggregate
    from domain.reactions import Reaction


def every_reaction(plaint: Plaint) -> tuple[Reaction, ...]:
    """Return the reactions that *plaint* runs; one that looks something up is given where."""

    def kind_of(id: UUID) -> type[Aggregate] | None:
        begun = plaint.store.load_begun(id, opened=False)
        return None if begun is None else type(begun)

    issues = IssuesNow(plaint.issues, plaint.views)
    holder = f"{os.getpid()}-{os.urandom(8).hex()}"
    giving = only_one(plaint.views.database, holder, plaint.now)
    colleagues = ColleaguesNow(plaint.staff, plaint.queries, plaint.views, giving)
    children = ChildrenNow(plaint.queries, plaint.views)
    return (
        LinkACaseToItsIssue(issues),
        LinkWhatCameBeforeTheIssue(issues),
        TellEveryLinkedCase(issues),
        AssignToTheLeastBusyOfTheTeam(colleagues),
        HandEscalatedCasesToTheTeamOfTheirLevel(LaddersNow(plaint.staff, plaint.views)),
        PlanTheConfirmationOfAnAppointment(),
        AnswerTheFollowUpOfAParent(kind_of),
        RateTheParentOfFeedback(kind_of),
        MergeAnUploadIntoItsParent(children),
        GoOnWithATicketWhoseFileHasCome(),
        OpenATicketForARedirectedComplaint(),
        ReceiveAComplaintForAPromotedTicket(),
        FollowTheSensitivityOfAParent(children),
    )
