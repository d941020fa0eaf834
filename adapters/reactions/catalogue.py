"""Every reaction of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.views.colleagues import ColleaguesNow
from adapters.views.issues import IssuesNow
from domain.reactions.assigning import AssignToTheLeastBusyOfTheTeam
from domain.reactions.issues import LinkACaseToItsIssue, LinkWhatCameBeforeTheIssue, TellEveryLinkedCase

if TYPE_CHECKING:
    from adapters.bootstrap import Plaint
    from domain.reactions import Reaction


def every_reaction(plaint: Plaint) -> tuple[Reaction, ...]:
    """Return the reactions that *plaint* runs; one that looks something up is given where."""
    issues = IssuesNow(plaint.issues, plaint.views)
    colleagues = ColleaguesNow(plaint.staff, plaint.queries, plaint.views)
    return (
        LinkACaseToItsIssue(issues),
        LinkWhatCameBeforeTheIssue(issues),
        TellEveryLinkedCase(issues),
        AssignToTheLeastBusyOfTheTeam(colleagues),
    )
