"""What of the facts of a case each kind of reader sees: the complainant what concerns them, others by need.

What is not declared here is not told to a complainant.  What concerns a person is declared
where the event is (domain/privacy.py), and is absent for whoever may not see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from domain.access import Sight
from domain.kernel import Event
from domain.privacy import Path, credentials, kept_fields

HOW_IT_CAME = frozenset({"form", "privacy_notice", "channel", "language", "category", "account_email"})
THEIR_OWN = HOW_IT_CAME | {
    "service",
    "client_kind",
    "account_id",
    "no_account",
    "full_name",
    "country",
    "details",
    "related_tickets",
    "people_involved",
    "desired_outcome",
    "problem_at",
    "sent_at",
}
"""Of the receipt of a complaint: what the complainant filled in, and how it came."""
ASKED_FOR = HOW_IT_CAME | {
    "contact_email",
    "subject",
    "description",
    "fields",
    "chosen",
    "parent",
    "first_received_at",
    "files_due",
}
"""Of the receipt of a ticket: what the customer filled in, and how it came."""
TAKEN_DOWN = frozenset({"complainant_type", "complainant", "dealings"})
"""Of a receipt: what the desk took down from them besides."""
TEXT = frozenset({"text"})
NOTHING_ELSE: frozenset[str] = frozenset()

TOLD: Mapping[str, frozenset[str]] = {
    "complaint.received": THEIR_OWN | TAKEN_DOWN,
    "complaint.acknowledged": NOTHING_ELSE,
    "complaint.declared_inadmissible": frozenset({"reason"}),
    "complaint.information_requested": TEXT,
    "complaint.information_supplied": TEXT,
    "complaint.update_sent": TEXT,
    "complaint.delay_notice_sent": TEXT,
    "complaint.holding_reply_sent": TEXT,
    "complaint.decision_sent": frozenset(
        {
            "outcome",
            "reasons",
            "redress",
            "descriptions",
            "points",
            "response_type",
            "remedies_named",
            "waiver",
        }
    ),
    "complaint.redress_paid": frozenset({"redress", "reference", "settled"}),
    "complaint.referred_externally": frozenset({"body", "reference"}),
    "complaint.external_outcome_recorded": frozenset({"body", "outcome", "reasons", "binding"}),
    "complaint.rated": frozenset({"score", "comment"}),
    "complaint.accepted": NOTHING_ELSE,
    "complaint.closed": NOTHING_ELSE,
    "complaint.reopened": NOTHING_ELSE,
    "complaint.withdrawn": NOTHING_ELSE,
    "complaint.redirected": frozenset({"ticket"}),
    "complaint.represented": frozenset({"number", "representative"}),
    "complaint.representation_ended": frozenset({"number"}),
    "complaint.noted": TEXT,
    "ticket.opened": ASKED_FOR,
    "ticket.acknowledged": NOTHING_ELSE,
    "ticket.replied": TEXT,
    "ticket.information_requested": TEXT,
    "ticket.follow_up_asked": frozenset({"questions", "number"}),
    "ticket.information_supplied": frozenset({"text", "answers"}),
    "ticket.appointment_booked": frozenset(
        {"number", "kind", "starts_at", "ends_at", "zone", "how_to_join", "remind_at"}
    ),
    "ticket.appointment_cancelled": frozenset({"number", "reason"}),
    "ticket.solved": frozenset({"text", "closes_at"}),
    "ticket.closed": frozenset({"reopen_before"}),
    "ticket.rated": frozenset({"score", "comment"}),
    "ticket.reopened": NOTHING_ELSE,
    "ticket.promoted": frozenset({"complaint"}),
    "ticket.represented": frozenset({"number", "representative"}),
    "ticket.representation_ended": frozenset({"number"}),
    "ticket.noted": TEXT,
    "attachment.queued": frozenset({"file_id", "name", "declared", "size", "sha256"}),
    "attachment.accepted": frozenset({"file_id", "kind"}),
    "attachment.refused": frozenset({"file_id", "reason"}),
    "attachment.removed": frozenset({"file_id"}),
}
"""The topics that concern a complainant, each with the facts they see of it."""
INTERNAL = frozenset(
    {
        "complaint.linked",
        "complaint.unlinked",
        "complaint.merged",
        "complaint.absorbed",
        "complaint.unmerged",
        "complaint.split",
        "complaint.begun_by_split",
        "ticket.linked",
        "ticket.unlinked",
        "ticket.merged",
        "ticket.absorbed",
        "ticket.unmerged",
        "ticket.split",
        "ticket.begun_by_split",
        "ticket.safeguards_carried",
        "ticket.person_complained_of_named",
        "ticket.hold_placed",
        "ticket.hold_lifted",
        "complaint.safeguards_carried",
        "complaint.triaged",
        "complaint.marked_complex",
        "complaint.assigned",
        "complaint.investigation_started",
        "complaint.step_recorded",
        "complaint.investigation_completed",
        "complaint.department_answered",
        "complaint.department_overdue",
        "complaint.finding_recorded",
        "complaint.resolution_proposed",
        "complaint.resolution_approved",
        "complaint.resolution_returned",
        "complaint.person_complained_of_named",
        "complaint.corrected",
        "complaint.hold_placed",
        "complaint.hold_lifted",
        "complaint.escalated",
        "complaint.de_escalated",
        "complaint.sensitivity_changed",
        "complaint.emergency_access_granted",
        "complaint.link_issued",
        "complaint.links_revoked",
        "complaint.message_planned",
        "complaint.issue_linked",
        "complaint.issue_unlinked",
        "complaint.value_refused",
        "complaint.value_flagged",
        "complaint.vulnerability_flagged",
        "complaint.vulnerability_lifted",
        "ticket.triaged",
        "ticket.assigned",
        "ticket.escalated",
        "ticket.de_escalated",
        "ticket.investigation_started",
        "ticket.suspended",
        "ticket.resumed",
        "ticket.source_updated",
        "ticket.link_issued",
        "ticket.links_revoked",
        "ticket.message_planned",
        "ticket.sensitivity_changed",
        "ticket.emergency_access_granted",
        "attachment.scanning",
        "attachment.stalled",
        "ticket.issue_linked",
        "ticket.issue_unlinked",
        "ticket.value_refused",
        "ticket.value_flagged",
    }
)
"""The topics that are the desk's alone; so is every ``clock.``: the clocks themselves tell enough."""


DELICATE = frozenset({"complaint.vulnerability_flagged", "complaint.vulnerability_lifted"})
"""The topics that by themselves say something of a person: told to those alone who see what is personal."""


def concerns(event: Event, sights: frozenset[Sight]) -> bool:
    """Whether *event* is told at all to a reader who sees *sights*: an internal note is the desk's."""
    if Sight.WORK in sights:
        return Sight.PERSONAL in sights or event.TOPIC not in DELICATE
    return event.TOPIC in TOLD and getattr(event, "visibility", "customer") == "customer"


def seen(facts: Mapping[str, Any], kind: type[Event], sights: frozenset[Sight]) -> dict[str, Any]:
    """Return those *facts* of an event of *kind*, as JSON, that a reader sees; the others are absent."""
    told = facts.keys() if Sight.WORK in sights else TOLD.get(kind.TOPIC, NOTHING_ELSE)
    kept = {name: fact for name, fact in facts.items() if name in told}
    personal = sights & {Sight.SHARED, Sight.PERSONAL}
    for path in credentials(kind) if personal else kept_fields(kind):
        kept = _without(kept, path)
    return kept


def _without(facts: dict[str, Any], path: Path) -> dict[str, Any]:
    name, *rest = path
    inner = facts.get(name)
    others = {each: fact for each, fact in facts.items() if each != name}
    if not rest or not isinstance(inner, dict):
        return others
    return others | {name: _without(cast("dict[str, Any]", inner), tuple(rest))}
