"""Commands: what may be asked of a complaint or a ticket, as it is sent and as it is carried out.

A command's name is its path in the API; its fields are the body.  ``occurred_at``
says when the thing happened where that is not now.
"""

from domain.commands.command import Asked, Command, TicketCommand
from domain.commands.guarding import BreakGlass, GrantEmergencyAccess, SetSensitivity
from domain.commands.intake import (
    Acknowledge,
    AddRepresentative,
    Assign,
    FlagVulnerability,
    LiftVulnerability,
    Promote,
    Redirect,
    RemoveRepresentative,
    Triage,
)
from domain.commands.investigation import (
    CompleteInvestigation,
    DeEscalate,
    Escalate,
    Investigate,
    Note,
    RecordStep,
    RequestInformation,
    SendUpdate,
    SupplyInformation,
)
from domain.commands.invitation import IssueLink, RevokeLinks
from domain.commands.resolution import Accept, Close, Reopen, Resolve, Withdraw
from domain.commands.tickets import AssignTicket, Resume, Solve, Suspend, TriageTicket
from domain.commands.timing import ExcuseMiss, Extend, NoticeMisses, PauseClock, ResumeClock, Retarget
from domain.complaint.codes import CATEGORIES

COMMANDS: tuple[type[Command], ...] = (
    Triage,
    Acknowledge,
    Assign,
    Investigate,
    RecordStep,
    RequestInformation,
    SupplyInformation,
    SendUpdate,
    CompleteInvestigation,
    Escalate,
    DeEscalate,
    Resolve,
    Accept,
    Close,
    Reopen,
    Withdraw,
    Redirect,
    Note,
    PauseClock,
    ResumeClock,
    Retarget,
    Extend,
    ExcuseMiss,
    SetSensitivity,
    AddRepresentative,
    RemoveRepresentative,
    FlagVulnerability,
    LiftVulnerability,
)
"""What the API offers of complaints; the path of each is its NAME.  Links have an address of their own."""
TICKET_COMMANDS: tuple[type[Command | TicketCommand], ...] = (
    TriageTicket,
    AssignTicket,
    Investigate,
    RequestInformation,
    SupplyInformation,
    Suspend,
    Resume,
    Escalate,
    DeEscalate,
    Solve,
    Close,
    Reopen,
    Note,
    Promote,
)
"""What the API offers of tickets."""

__all__ = [
    "CATEGORIES",
    "COMMANDS",
    "TICKET_COMMANDS",
    "Accept",
    "Acknowledge",
    "AddRepresentative",
    "Asked",
    "Assign",
    "AssignTicket",
    "BreakGlass",
    "Close",
    "Command",
    "CompleteInvestigation",
    "DeEscalate",
    "Escalate",
    "ExcuseMiss",
    "Extend",
    "FlagVulnerability",
    "GrantEmergencyAccess",
    "Investigate",
    "IssueLink",
    "LiftVulnerability",
    "Note",
    "NoticeMisses",
    "PauseClock",
    "Promote",
    "RecordStep",
    "Redirect",
    "RemoveRepresentative",
    "Reopen",
    "RequestInformation",
    "Resolve",
    "Resume",
    "ResumeClock",
    "Retarget",
    "RevokeLinks",
    "SendUpdate",
    "SetSensitivity",
    "Solve",
    "SupplyInformation",
    "Suspend",
    "TicketCommand",
    "Triage",
    "TriageTicket",
    "Withdraw",
]
