"""The endings of the commands about findings, approval, redress, corrections and what follows the end."""

from __future__ import annotations

from typing import Any

from domain import commands as c
from domain import errors
from domain.commands import Command
from domain.complaint.redress import RedressWish
from domain.testing import an_id, paris
from tests.golden.lives import (
    ASKED_THE_TREASURY,
    CONSULTATION,
    FOUND,
    GRANTED,
    MONEY,
    PROPOSED,
    RESOLVED,
    TUESDAY,
)

SOON = paris("2026-05-27T00:00")
EMPTY: dict[str, Any] = {
    "redress": (),
    "descriptions": None,
    "points": (),
    "precedents": (),
    "root_cause": None,
}
ANSWER: dict[str, Any] = {
    "outcome": "upheld",
    "reasons": "The fee was charged twice.",
    "redress": (
        {
            "kind": "money",
            "head": "principal",
            "amount": "12.50",
            "currency": "EUR",
            "asset": None,
            "value": None,
            "valued_at": None,
            "number": 1,
        },
    ),
    "descriptions": {"1": "The second fee."},
    "points": (),
    "precedents": (),
    "root_cause": None,
}
SENT: dict[str, Any] = {
    "parts": (),
    "source": {},
    "response_type": None,
    "remedies_named": (),
    "waiver": None,
    "proposed_by": None,
    "approved_by": None,
}
CORRECTED: dict[str, Any] = {
    "old": None,
    "new": None,
    "old_at": None,
    "new_at": None,
    "old_personal": None,
    "new_personal": None,
    "event_version": None,
    "other": None,
    "pins": None,
    "lent": (),
    "undone": None,
    "redress": None,
}
RECORDED: dict[type[Command], list[tuple[str, dict[str, Any]]]] = {
    c.AnswerConsultation: [
        (
            "DepartmentAnswered",
            {"consultation": CONSULTATION, "department": "treasury", "text": "It was held for review."},
        )
    ],
    c.RecordFinding: [
        (
            "FindingRecorded",
            {"point": "fee", "finding": "substantiated", "summary": "It was charged twice."},
        )
    ],
    c.ProposeResolution: [("ResolutionProposed", ANSWER)],
    c.ApproveResolution: [("ResolutionApproved", {"proposed_by": "handler"})],
    c.ReturnResolution: [
        ("ResolutionReturned", {"proposed_by": "handler", "reason": "The interest is missing."})
    ],
    c.PayRedress: [("RedressPaid", {"redress": 1, "reference": "SEPA 4711", "settled": True})],
    c.NamePersonComplainedOf: [("PersonComplainedOfNamed", {"user": "user:ben"})],
    c.ReferExternally: [("ReferredExternally", {"body": "AMF", "reference": "M-17", "deadline": None})],
    c.RecordExternalOutcome: [
        (
            "ExternalOutcomeRecorded",
            {"body": "AMF", "outcome": "firm_upheld", "reasons": None, "binding": False},
        )
    ],
    c.Correct: [
        (
            "Corrected",
            CORRECTED
            | {
                "what": "full_name",
                "reason": "Misread.",
                "old_personal": "Someone Somewhere",
                "new_personal": "Someone Else",
            },
        )
    ],
    c.Rate: [("Rated", {"score": 4, "comment": "Quick and clear."})],
    c.PlaceHold: [("HoldPlaced", {"kind": "legal", "reason": "A claim was lodged."})],
    c.LiftHold: [("HoldLifted", {"kind": "legal", "reason": "The claim was settled."})],
}
WITHDRAW = c.Withdraw(reason="Found it.")
NAMED = c.NamePersonComplainedOf(user="handler")
ANSWERED = c.AnswerConsultation(consultation=CONSULTATION, text="It was held.")
CONSULTED = (c.Investigate(), ASKED_THE_TREASURY)
RATED = c.Rate(score=4)
NAME = c.Correct(what="full_name", value="Someone Else", reason="Misread.")
RECEIPT = c.Correct(what="received_at", value="2026-05-22T12:00:00Z", reason="The post stamp.")
WRONG = c.Correct(what="event", version=4, reason="Of another case.", other=an_id("b"))
HOLD = c.PlaceHold(kind="legal", reason="A claim was lodged.")
REFUSED: list[tuple[Command, tuple[Command, ...], type[errors.DomainError]]] = [
    (ASKED_THE_TREASURY.model_copy(update={"due_at": TUESDAY}), (c.Investigate(),), errors.DueBeforeAsked),
    (
        c.RecordStep(kind="other", summary="Read it.", due_at=SOON),
        (c.Investigate(),),
        errors.NobodyConsulted,
    ),
    (ANSWERED, CONSULTED[:1], errors.UnknownConsultation),
    (ANSWERED, (*CONSULTED, ANSWERED.model_copy(update={"text": "Not held."})), errors.AlreadyAnswered),
    (FOUND, (), errors.InvestigationNotStarted),
    (FOUND, (c.Investigate(), RESOLVED), errors.AlreadyDecided),
    (PROPOSED, (RESOLVED,), errors.AlreadyDecided),
    (PROPOSED, (WITHDRAW,), errors.CaseEnded),
    (PROPOSED, (NAMED,), errors.NotYoursToDecide),
    (
        PROPOSED.model_copy(update={"points": ("speed",)}),
        (c.Investigate(), FOUND),
        errors.PointUnanswered,
    ),
    (c.ApproveResolution(), (), errors.NothingProposed),
    (c.ApproveResolution(), (PROPOSED,), errors.ProposedByYourself),
    (c.ApproveResolution(), (PROPOSED, RESOLVED), errors.AlreadyDecided),
    (c.ReturnResolution(reason="No."), (), errors.NothingProposed),
    (c.ReturnResolution(reason="No."), (PROPOSED,), errors.ProposedByYourself),
    (RESOLVED, (NAMED,), errors.NotYoursToDecide),
    (
        GRANTED.model_copy(update={"points": ()}),
        (c.Investigate(), FOUND),
        errors.PointUnanswered,
    ),
    (RESOLVED, (RESOLVED, c.Reopen(reason="New evidence.")), errors.DecidedBefore),
    (c.Assign(assignee="handler"), (NAMED,), errors.ConflictOfInterest),
    (c.HandOver(assignee="handler", reason_code="absent"), (NAMED,), errors.ConflictOfInterest),
    (
        c.Assign(assignee="handler"),
        (RESOLVED, c.Reopen(reason="New evidence.")),
        errors.ConflictOfInterest,
    ),
    (c.PayRedress(redress=1), (RESOLVED,), errors.UnknownRedress),
    (c.PayRedress(redress=2), (GRANTED,), errors.UnknownRedress),
    (c.PayRedress(redress=1, paid_at=SOON), (GRANTED,), errors.InTheFuture),
    (NAMED.model_copy(update={"occurred_at": SOON}), (), errors.InTheFuture),
    (c.ReferExternally(body="AMF", referred_at=SOON), (), errors.InTheFuture),
    (c.RecordExternalOutcome(body="AMF", outcome="upheld"), (), errors.NothingReferred),
    (
        c.Correct(what="received_at", value="2026-05-27T00:00:00Z", reason="Misread."),
        (),
        errors.InstantImpossible,
    ),
    (
        c.Correct(what="received_at", value="2026-05-26T10:00:00+02:00", reason="Misread."),
        (c.Acknowledge(sent_at=paris("2026-05-26T09:00")),),
        errors.InstantImpossible,
    ),
    (WRONG, (), errors.UnknownEvent),
    (WRONG.model_copy(update={"version": 2}), (c.Note(text="Called."),), errors.UnknownEvent),
    (WRONG, (RESOLVED,), errors.ReopenInstead),
    (RATED, (RESOLVED,), errors.NotRateable),
    (c.Rate(score=1), (RESOLVED, c.Close(), RATED), errors.AlreadyRated),
    (HOLD.model_copy(update={"occurred_at": SOON}), (), errors.InTheFuture),
    (c.LiftHold(reason="Settled.", occurred_at=SOON), (HOLD,), errors.InTheFuture),
]
IGNORED: list[tuple[Command, tuple[Command, ...]]] = [
    (ANSWERED, (*CONSULTED, ANSWERED)),
    (ANSWERED, (*CONSULTED, ANSWERED, RESOLVED, c.Close())),
    (FOUND, (c.Investigate(), FOUND)),
    (FOUND, (c.Investigate(), FOUND, RESOLVED)),
    (PROPOSED, (PROPOSED,)),
    (GRANTED, (GRANTED,)),
    (c.PayRedress(redress=1), (GRANTED, c.PayRedress(redress=1))),
    (c.PayRedress(redress=1), (GRANTED, c.Close(), c.PayRedress(redress=1))),
    (NAMED, (NAMED,)),
    (c.ReferExternally(body="AMF"), (c.ReferExternally(body="AMF"),)),
    (
        c.RecordExternalOutcome(body="AMF", outcome="upheld"),
        (c.ReferExternally(body="AMF"), c.RecordExternalOutcome(body="AMF", outcome="upheld")),
    ),
    (NAME, (NAME,)),
    (RECEIPT, (RECEIPT,)),
    (WRONG, (c.Note(text="Called."), WRONG)),
    (RATED, (RESOLVED, c.Close(), RATED)),
    (HOLD, (HOLD,)),
    (c.LiftHold(reason="Settled."), ()),
    (c.LiftHold(reason="Settled.", kind="regulator"), (HOLD,)),
]
BITCOIN = RedressWish(
    kind="crypto_asset",
    amount="0.00025",
    asset="BTC",
    value="25",
    currency="EUR",
    valued_at=TUESDAY,
)
IN_KIND = RedressWish(kind="in_kind", head="distress", description="An apology.")
BOTH_PARTS = (MONEY, BITCOIN)
