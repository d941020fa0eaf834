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

THEIR_OWN = frozenset(
    {
        "form",
        "privacy_notice",
        "channel",
        "language",
        "service",
        "client_kind",
        "category",
        "account_email",
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
)
"""Of a receipt: what the complainant filled in, and how it came."""
TEXT = frozenset({"text"})
NOTHING_ELSE: frozenset[str] = frozenset()

TOLD: Mapping[str, frozenset[str]] = {
    "complaint.received": THEIR_OWN,
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
    "complaint.redirected": NOTHING_ELSE,
    "complaint.noted": TEXT,
    "ticket.opened": THEIR_OWN,
    "ticket.information_requested": TEXT,
    "ticket.information_supplied": TEXT,
    "ticket.solved": NOTHING_ELSE,
    "ticket.closed": NOTHING_ELSE,
    "ticket.reopened": NOTHING_ELSE,
    "ticket.noted": TEXT,
}
"""The topics that concern a complainant, each with the facts they see of it."""
INTERNAL = frozenset(
    {
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
        "ticket.triaged",
        "ticket.assigned",
        "ticket.escalated",
        "ticket.de_escalated",
        "ticket.investigation_started",
        "ticket.suspended",
        "ticket.resumed",
        "ticket.source_updated",
        "ticket.sensitivity_changed",
        "ticket.emergency_access_granted",
    }
)
"""The topics that are the desk's alone; so is every ``clock.``: the clocks themselves tell enough."""


def concerns(event: Event, sights: frozenset[Sight]) -> bool:
    """Whether *event* is told at all to a reader who sees *sights*: an internal note is the desk's."""
    if Sight.WORK in sights:
        return True
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
