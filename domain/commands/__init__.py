"""Commands: what may be asked of a complaint or a ticket, as it is sent and as it is carried out.

A command's name is its path in the API; its fields are the body.  ``occurred_at``
says when the thing happened where that is not now.
"""

from domain.commands.command import Asked, Command, TicketCommand
from domain.commands.guarding import BreakGlass, GrantEmergencyAccess, SetSensitivity
from domain.commands.intake import Acknowledge, Assign, Triage
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
from domain.commands.linking import (
    JOINT_COMMANDS,
    Joint,
    LinkCases,
    MergeCases,
    SplitCase,
    UnlinkCases,
    UnmergeCases,
)
from domain.commands.resolution import Accept, Close, Redirect, Reopen, Resolve, Withdraw
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
)
"""What the API offers of tickets."""

__all__ = [
    "CATEGORIES",
    "COMMANDS",
    "JOINT_COMMANDS",
    "TICKET_COMMANDS",
    "Accept",
    "Acknowledge",
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
    "GrantEmergencyAccess",
    "Investigate",
    "IssueLink",
    "Joint",
    "LinkCases",
    "MergeCases",
    "Note",
    "NoticeMisses",
    "PauseClock",
    "RecordStep",
    "Redirect",
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
    "SplitCase",
    "SupplyInformation",
    "Suspend",
    "TicketCommand",
    "Triage",
    "TriageTicket",
    "UnlinkCases",
    "UnmergeCases",
    "Withdraw",
]
