"""What each command needs of whoever asks it: the one table of rights to commands."""

from __future__ import annotations

from collections.abc import Mapping

from domain import commands as c
from domain.access import Right

NEEDS: Mapping[type[c.Asked], Right] = {
    c.Triage: Right.WORK_CASES,
    c.Acknowledge: Right.WORK_CASES,
    c.Assign: Right.WORK_CASES,
    c.HandOver: Right.WORK_CASES,
    c.Investigate: Right.WORK_CASES,
    c.RecordStep: Right.WORK_CASES,
    c.RequestInformation: Right.WORK_CASES,
    c.SupplyInformation: Right.WORK_CASES,
    c.SendUpdate: Right.WORK_CASES,
    c.CompleteInvestigation: Right.WORK_CASES,
    c.Escalate: Right.WORK_CASES,
    c.DeEscalate: Right.WORK_CASES,
    c.Resolve: Right.WORK_CASES,
    c.Accept: Right.WORK_CASES,
    c.Close: Right.WORK_CASES,
    c.Reopen: Right.WORK_CASES,
    c.Withdraw: Right.WORK_CASES,
    c.Redirect: Right.WORK_CASES,
    c.Note: Right.WORK_CASES,
    c.PauseClock: Right.WORK_CASES,
    c.ResumeClock: Right.WORK_CASES,
    c.Retarget: Right.WORK_CASES,
    c.Extend: Right.WORK_CASES,
    c.ExcuseMiss: Right.EXCUSE_MISSES,
    c.SetSensitivity: Right.RESTRICT_CASES,
    c.AddRepresentative: Right.WORK_CASES,
    c.RemoveRepresentative: Right.WORK_CASES,
    c.FlagVulnerability: Right.WORK_CASES,
    c.LiftVulnerability: Right.WORK_CASES,
    c.Promote: Right.WORK_CASES,
    c.AnswerConsultation: Right.WORK_CASES,
    c.RecordFinding: Right.WORK_CASES,
    c.ProposeResolution: Right.WORK_CASES,
    c.ApproveResolution: Right.APPROVE_RESOLUTIONS,
    c.ReturnResolution: Right.APPROVE_RESOLUTIONS,
    c.PayRedress: Right.WORK_CASES,
    c.NamePersonComplainedOf: Right.WORK_CASES,
    c.ReferExternally: Right.WORK_CASES,
    c.RecordExternalOutcome: Right.WORK_CASES,
    c.Correct: Right.WORK_CASES,
    c.Rate: Right.WORK_CASES,
    c.PlaceHold: Right.PLACE_HOLDS,
    c.LiftHold: Right.PLACE_HOLDS,
    c.TriageTicket: Right.WORK_CASES,
    c.AssignTicket: Right.WORK_CASES,
    c.Suspend: Right.WORK_CASES,
    c.Resume: Right.WORK_CASES,
    c.Reply: Right.WORK_CASES,
    c.FollowUp: Right.WORK_CASES,
    c.SupplyAnswers: Right.WORK_CASES,
    c.BookAppointment: Right.WORK_CASES,
    c.CancelAppointment: Right.WORK_CASES,
    c.Solve: Right.WORK_CASES,
    c.RateTicket: Right.WORK_CASES,
    c.LinkCases: Right.WORK_CASES,
    c.UnlinkCases: Right.WORK_CASES,
    c.MergeCases: Right.WORK_CASES,
    c.UnmergeCases: Right.WORK_CASES,
    c.SplitCase: Right.WORK_CASES,
}
"""Every command that the API offers has its line; with one that has none the API does not start."""
OF_THEIR_OWN: frozenset[type[c.Command | c.TicketCommand]] = frozenset(
    {c.SupplyInformation, c.Accept, c.Withdraw, c.Rate, c.SupplyAnswers, c.RateTicket}
)
"""What complainants may ask of the case that is theirs (`Right.ANSWER_OWN_CASE`)."""
