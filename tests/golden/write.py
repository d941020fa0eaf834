"""Adds to `events.json` how events are stored today; what is there stays as it is.

Run it as ``python -m tests.golden.write`` after an event joined the catalogue, or a field an event.
Personal values are sealed under test keys, and stand in clear where the entry is older than sealing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.eventstore.mapper import EventMapper
from domain.catalogue import EVENTS
from domain.kernel import Event
from tests.adapters.keys import FixedKeys

GOLDEN = Path(__file__).with_name("events.json")
HEADER: dict[str, Any] = {
    "originator_id": UUID("019e5048-3f00-8100-8000-000000000001"),
    "originator_version": 3,
    "recorded_at": "2026-05-22T16:00:05.000250Z",
    "occurred_at": "2026-05-22T16:00:00Z",
    "actor": "token:019e5048-3f00-8100-8000-000000000002",
    "correlation_id": "019e5048-3f00-8100-8000-000000000003",
}
MORE = {"occurred_at_known": False, "causation_id": "019e5048-3f00-8100-8000-000000000004"}
CLOCK = {"clock_id": "019e5048-3f00-8100-8000-000000000005"}
FILE = {"file_id": "019e5048-3f00-8100-8000-000000000006"}
PIN = {"regime": "house", "version": "2026-01", "calendar": "FR", "calendar_version": "0123456789ab"}
DUE = {"due_date": "2026-05-27", "due_before": "2026-05-27T22:00:00Z"}
MOVED = {"old_due_date": "2026-05-26", "old_due_before": "2026-05-26T22:00:00Z"}
WARNINGS = {"warnings": [{"offset": "1 business_day", "at": "2026-05-26T22:00:00Z"}]}

EMERGENCY = {
    "principal": "token:019e5048-3f00-8100-8000-000000000002",
    "reason": "The money leaves tonight.",
    "until": "2026-05-22T17:00:05.000250Z",
}
MESSAGE = {
    "message_id": "019e5048-3f00-8100-8000-000000000006",
    "purpose": "appointment_reminder",
    "about": "appointment/1",
    "to": "customer",
    "language": "fr",
    "not_before": "2026-05-27T12:00:00Z",
}
TERMS: dict[str, Any] = {
    "topics": ["complaint.received", "clock.missed"],
    "teams": ["complaints"],
    "legal_entities": ["main"],
    "sensitivity": "restricted",
    "concurrency": 4,
}

ISSUE: dict[str, Any] = {
    "kind": "mass_event",
    "cause": "A queue of the bank was full.",
    "action": "A second queue.",
    "owner": "anna",
    "due": "2026-06-05",
    "rule": {
        "category": ["withdrawal"],
        "service": ["custody"],
        "channel": ["web"],
        "form": ["complaint"],
        "received_from": "2026-05-22T08:00:00Z",
        "received_to": "2026-05-23T08:00:00Z",
    },
}
OTHER = "019e5048-3f00-8100-8000-000000000006"
LINKED = {"other": OTHER, "other_kind": "ticket", "kind": "caused_by"}
CONSULTATION = {"consultation": "019e5048-3f00-8100-8000-000000000007", "department": "treasury"}
ANSWER: dict[str, Any] = {
    "reasons": "The fee was charged twice.",
    "redress": [
        {"kind": "money", "head": "principal", "amount": "12.50", "currency": "EUR", "number": 1},
        {
            "kind": "crypto_asset",
            "head": "distress",
            "amount": "0.00025",
            "currency": "EUR",
            "asset": "BTC",
            "value": "25",
            "valued_at": "2026-05-22T16:00:00Z",
            "number": 2,
        },
    ],
    "descriptions": {"1": "The fee of the second transfer."},
    "points": ["fee"],
    "precedents": ["C-0123456789A"],
    "root_cause": "double_booking",
}
SAID = {"source": {"made_sla": "false", "problem_id": ""}}

Facts = dict[str, Any]
LEAST: dict[str, Facts] = {
    "complaint.received": {
        "form_version": "1",
        "privacy_notice": "1",
        "channel": "regulator",
        "language": "en",
        "team": "complaints",
        "legal_entity": "main",
        "category": "Mortgage",
    },
    "complaint.triaged": {"category": "fees", "severity": "high", "admissible": True},
    "complaint.marked_complex": {},
    "complaint.declared_inadmissible": {"reason": "Not a client."},
    "complaint.acknowledged": {},
    "complaint.assigned": {"team": "payments"},
    "complaint.investigation_started": {},
    "complaint.step_recorded": {"kind": "other", "summary": "Read the account."},
    "complaint.information_requested": {"text": "Which address did you use?"},
    "complaint.information_supplied": {},
    "complaint.investigation_completed": {},
    "complaint.update_sent": {"text": "We are still looking."},
    "complaint.delay_notice_sent": {"text": "It takes longer."},
    "complaint.holding_reply_sent": {"text": "By the end of June."},
    "complaint.escalated": {"reason": "Third complaint this year."},
    "complaint.de_escalated": {},
    "complaint.decision_sent": {"outcome": "rejected"},
    "complaint.accepted": {},
    "complaint.closed": {},
    "complaint.reopened": {"reason": "The refund has not arrived."},
    "complaint.withdrawn": {"reason": "Found it."},
    "complaint.redirected": {"reason": "A question about the tariff."},
    "complaint.represented": {
        "number": 1,
        "representative": {"name": "A. Lawyer", "power_of_attorney": "Deed of 2 May 2026"},
    },
    "complaint.representation_ended": {"number": 1},
    "complaint.vulnerability_flagged": {"how_known": "The complainant said so."},
    "complaint.vulnerability_lifted": {"reason": "The operation went well."},
    "complaint.noted": {"text": "Called; no answer."},
    "complaint.sensitivity_changed": {"sensitivity": "restricted", "reason": "A colleague is named."},
    "complaint.emergency_access_granted": EMERGENCY,
    "complaint.link_issued": {"generation": 0, "expires_at": "2026-06-25T08:00:00Z"},
    "complaint.links_revoked": {"generation": 1},
    "complaint.message_planned": MESSAGE,
    **{
        f"{kind}.{word}": facts
        for kind in ("complaint", "ticket")
        for word, facts in {
            "linked": LINKED,
            "unlinked": LINKED,
            "merged": {"survivor": OTHER, "survivor_kind": "complaint"},
            "absorbed": {"other": OTHER, "other_kind": "ticket"},
            "unmerged": {"other": OTHER, "other_kind": "ticket", "was": "survivor"},
            "split": {"into": OTHER, "versions": [1, 4], "category": "fees", "reason": "Two matters."},
            "begun_by_split": {"source": OTHER, "versions": [1, 4]},
        }.items()
    },
    "complaint.value_refused": {"field": "/text", "kind": "seed_phrase"},
    "complaint.value_flagged": {"field": "/details", "kind": "iban"},
    "complaint.department_answered": CONSULTATION | {"text": "It was held for review."},
    "complaint.department_overdue": CONSULTATION,
    "complaint.finding_recorded": {
        "point": "fee",
        "finding": "substantiated",
        "summary": "It was charged twice.",
    },
    "complaint.resolution_proposed": {"outcome": "upheld"},
    "complaint.resolution_approved": {"proposed_by": "anna"},
    "complaint.resolution_returned": {"proposed_by": "anna", "reason": "The interest is missing."},
    "complaint.redress_paid": {"redress": 1, "settled": False},
    "complaint.person_complained_of_named": {"user": "user:ben"},
    "complaint.referred_externally": {"body": "AMF"},
    "complaint.external_outcome_recorded": {"body": "AMF", "outcome": "firm_upheld"},
    "complaint.corrected": {"what": "event", "reason": "It is of another case.", "event_version": 7},
    "complaint.rated": {"score": 4},
    "complaint.hold_placed": {"kind": "legal", "reason": "A claim was lodged."},
    "complaint.hold_lifted": {"kind": "legal", "reason": "The claim was settled."},
    "ticket.opened": {
        "form": "general",
        "form_version": "1",
        "privacy_notice": "1",
        "channel": "phone",
        "language": "en",
        "team": "support",
        "legal_entity": "main",
        "category": "other",
    },
    "ticket.triaged": {"category": "42"},
    "ticket.assigned": {"team": "70"},
    "ticket.escalated": {"severity": "high", "level": 1},
    "ticket.de_escalated": {"severity": "normal", "level": 0},
    "ticket.investigation_started": {},
    "ticket.information_requested": {},
    "ticket.information_supplied": {},
    "ticket.acknowledged": {},
    "ticket.replied": {"text": "It is being repaired."},
    "ticket.follow_up_asked": {"questions": ["Which printer?"], "number": 1},
    "ticket.appointment_booked": {
        "number": 1,
        "kind": "callback",
        "starts_at": "2026-05-28T12:00:00Z",
        "zone": "Europe/Paris",
    },
    "ticket.appointment_cancelled": {"number": 1},
    "ticket.rated": {"score": 5},
    "ticket.message_planned": MESSAGE,
    "ticket.suspended": {"cause": "vendor"},
    "ticket.resumed": {},
    "ticket.solved": {},
    "ticket.closed": {},
    "ticket.reopened": {},
    "ticket.promoted": {
        "reason": "The customer complains of the fee.",
        "category": "fees",
        "complaint": "019e5048-3f00-8100-8000-000000000006",
        "first_dissatisfaction_at": "2026-05-20T15:59:00Z",
    },
    "ticket.noted": {"text": "Called; no answer."},
    "ticket.source_updated": {},
    "ticket.sensitivity_changed": {"sensitivity": "normal", "reason": "Nobody is named after all."},
    "ticket.emergency_access_granted": EMERGENCY,
    "attachment.queued": FILE
    | {
        "name": "receipt.pdf",
        "size": 40_123,
        "sha256": "cd" * 32,
        "address": "ab" * 32,
        "batch": "019e5048-3f00-8100-8000-000000000007",
        "origin": "submission",
        "until": "2026-05-22T16:10:00Z",
    },
    "attachment.scanning": FILE | {"attempt": 1, "until": "2026-05-22T16:05:00Z"},
    "attachment.accepted": FILE | {"kind": "pdf"},
    "attachment.refused": FILE | {"reason": "encrypted"},
    "attachment.removed": FILE | {"reason": "It shows somebody else's passport."},
    "attachment.stalled": FILE | {"phase": "scanning", "times": 1, "until": "2026-05-22T16:20:00Z"},
    "ticket.value_refused": {"field": "/fields/description", "kind": "card_number"},
    "ticket.value_flagged": {"field": "/text", "kind": "iban"},
    "clock.started": CLOCK | PIN | DUE | {"milestone": "decision", "number": 1, "legal": False},
    "clock.met": CLOCK,
    "clock.missed": CLOCK | DUE | {"noticed_at": "2026-05-28T07:00:00Z"},
    "clock.stopped_late": CLOCK,
    "clock.miss_corrected": CLOCK,
    "clock.paused": CLOCK,
    "clock.resumed": CLOCK | DUE,
    "clock.cancelled": CLOCK | {"cause": "withdrawn"},
    "clock.taken_over": CLOCK
    | PIN
    | DUE
    | {
        "milestone": "decision",
        "number": 2,
        "legal": False,
        "taken_from": OTHER,
        "taken_clock": OTHER,
        "started_at": "2026-05-21T16:00:00Z",
    },
    "clock.retargeted": CLOCK
    | DUE
    | MOVED
    | {
        "cause": "calendar",
        "version": "2026-01",
        "calendar": "FR",
        "calendar_version": "0123456789ab",
        "started_at": "2026-05-22T16:00:00Z",
    },
    "clock.extended": CLOCK | DUE | MOVED | {"by": "holding_reply_sent"},
    "clock.warned": CLOCK
    | {
        "offset": "1 business_day",
        "generation": 1,
        "due_before": "2026-05-27T22:00:00Z",
        "noticed_at": "2026-05-26T22:00:01Z",
        "level": 1,
    },
    "clock.excusal_proposed": CLOCK | {"reason_code": "third_party"},
    "clock.miss_excused": CLOCK | {"reason_code": "third_party", "proposed_by": "anna"},
    "policy.loaded": {
        "regime": "house",
        "version": "2026-01",
        "effective_from": "2026-01-01",
        "text": 'regime = "house"\n',
        "sha256": "ab" * 32,
    },
    "form.loaded": {
        "form": "shared",
        "version": "1",
        "kind": "shared",
        "privacy_notice": "1",
        "text": 'version = "1"\n',
        "sha256": "cd" * 32,
    },
    "calendar.resolved": {
        "code": "none",
        "version": "ab8586fed046",
        "source": "none",
        "first": "2026-01-01",
        "last": "2026-12-31",
        "holidays": [],
    },
    "calendar.defined": {"code": "house-fr", "base": "FR"},
    "calendar.amended": {
        "code": "house-fr",
        "date": "2026-12-24",
        "closed": True,
        "name": "Christmas Eve",
        "source": "the firm",
    },
    "token.created": {"name": "first start", "role": "admin", "teams": [], "sha256": "ab" * 32},
    "token.revoked": {},
    "user.added": {"login": "anna", "name": "Zoë O’Neill", "role": "handler"},
    "user.changed": {},
    "user.left": {},
    "user.returned": {},
    "user.hand_over_asked": {},
    "user.handed_over": {},
    "user.impersonated": {"by": "token:019e5048-3f00-8100-8000-000000000002"},
    "team.added": {"name": "payments"},
    "team.changed": {},
    "team.closed": {},
    "complaint.issue_linked": {"issue": "019e5048-3f00-8100-8000-000000000006"},
    "complaint.issue_unlinked": {"issue": "019e5048-3f00-8100-8000-000000000006"},
    "ticket.issue_linked": {"issue": "019e5048-3f00-8100-8000-000000000006"},
    "ticket.issue_unlinked": {"issue": "019e5048-3f00-8100-8000-000000000006"},
    "issue.opened": {"title": "Withdrawals stand still", "within": {}},
    "issue.changed": {},
    "issue.mitigated": {},
    "issue.closed": {},
    "issue.reopened": {},
    "issue.update_announced": {"text": "Withdrawals run again.", "within": {}},
    "legal_entity.added": {"code": "main"},
    "legal_entity.changed": {"title": "Example Europe SA"},
    "case.read": {"part": "document", "principal": "token:019e5048-3f00-8100-8000-000000000002"},
    "webhook.added": {
        "url": "https://example.org/plaint",
        "secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "terms": {"topics": ["complaint.*"]},
    },
    "webhook.changed": {},
    "webhook.disabled": {"reason": "failing"},
    "webhook.enabled": {},
    "webhook.secret_rotated": {
        "secret": "whsec_Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=",
        "old_until": "2026-05-23T16:00:05.000250Z",
    },
    "webhook.removed": {},
    "intake.value_refused": {
        "form": "complaint",
        "field": "/details",
        "kind": "private_key",
        "channel": "web",
    },
}
"""Of each event the facts that it cannot do without."""
FULL: dict[str, Facts] = {
    "complaint.received": {
        "form": "complaint",
        "service": "crypto_assets",
        "client_kind": "retail",
        "account_email": "zoe@example.org",
        "account_id": "AA12 N84G ABCD EFGH",
        "no_account": False,
        "full_name": "Zoë O’Neill",
        "country": "FR",
        "details": 'Le retrait n’est pas arrivé.\n\tOn m\'a dit : "demain".',
        "related_tickets": ["T-0123456789A"],
        "people_involved": ["Someone Somewhere"],
        "desired_outcome": "A refund. 💶",
        "problem_at": {"start": "2026-05", "end": "2026-05-20T10:00:00+02:00"},
        "sent_at": "2026-05-22T15:59:00Z",
        "first_dissatisfaction_at": "2026-05-20T15:59:00Z",
        "sent_to_company_at": "2026-05-21T15:59:00Z",
        "registered_at": "2026-05-22T16:00:05.000250Z",
        "pins": [PIN],
        "source": {
            "system": "cfpb",
            "id": "7",
            "attributes": {"product": "Mortgage", "timely": ""},
            "personal": {"zip_code": "010XX"},
        },
        "complainant_type": "business",
        "eligible": True,
        "complainant": {
            "client_reference": "K-7",
            "registration_number": "FRIGTC.123456789",
            "lei": "529900T8BM49AURSDO55",
            "address": {
                "street": "1 rue de l’Exemple",
                "postcode": "75001",
                "city": "Paris",
                "state": "Île-de-France",
                "country": "FR",
            },
            "telephone": "+33 1 99 00 00 00",
            "contact": {"name": "Their daughter", "email": "zoe2@example.org"},
        },
        "dealings": {
            "service_reference": "S-1",
            "agreement_reference": "A-2",
            "transaction_reference": "W-3",
            "wallets": ["bc1qexample"],
            "transactions": ["ab" * 32],
            "damage": "Two days of interest.",
            "other_comments": "None.",
        },
        "provenance": {
            "brand": "Example",
            "branch": "FR",
            "licence": "A-1",
            "first_contact_point": "support",
            "evidence_of_date": "postmark",
        },
        "evidence_note": "The postmark is smudged.",
        "registered_by": "token:019e5048-3f00-8100-8000-000000000002",
        "origin": "019e5048-3f00-8100-8000-000000000006",
    },
    "complaint.triaged": {
        "reason": "Fees charged twice.",
        "reason_code": "out_of_scope",
        "in_scope_regimes": ["house", "mica"],
        "scope_reason": "A resident of France.",
    },
    "complaint.declared_inadmissible": {"reason_code": "not_eligible"},
    "complaint.redirected": {"ticket": "019e5048-3f00-8100-8000-000000000006", "form": "general_request"},
    "complaint.represented": {
        "representative": {
            "name": "A. Lawyer",
            "registration_number": "B-7",
            "email": "lawyer@example.org",
            "power_of_attorney": "Deed of 2 May 2026",
        },
        "paid": True,
    },
    "complaint.representation_ended": {"reason": "The mandate has ended."},
    "complaint.vulnerability_flagged": {"driver": "health", "about_failure": True},
    "complaint.acknowledged": {"parts": ["reference", "contact"]},
    "complaint.assigned": {
        "assignee": "anna",
        "reason_code": "left",
        "conflict_overridden": True,
        "override_reason": "Nobody else reads the language.",
    },
    "complaint.step_recorded": {
        "department": "treasury",
        "consultation": CONSULTATION["consultation"],
        "due_at": "2026-05-29T22:00:00Z",
    },
    "complaint.information_supplied": {"text": "From the one on the receipt."},
    "complaint.update_sent": {"parts": ["next_steps"]},
    "complaint.delay_notice_sent": {"parts": ["reasons", "final_date"]},
    "complaint.holding_reply_sent": {"parts": ["reasons", "final_date"]},
    "complaint.escalated": {"level": 3},
    "complaint.resolution_proposed": ANSWER,
    "complaint.redress_paid": {"reference": "SEPA 4711", "settled": True},
    "complaint.referred_externally": {"reference": "M-2026-17", "deadline": "2026-07-10T08:00:00Z"},
    "complaint.external_outcome_recorded": {"reasons": "The tariff was clear.", "binding": True},
    "complaint.corrected": {
        "what": "country",
        "old": "web",
        "new": "email",
        "old_at": "2026-05-22T16:00:00Z",
        "new_at": "2026-05-21T16:00:00Z",
        "old_personal": "GB",
        "new_personal": "FR",
        "other": "019e5048-3f00-8100-8000-000000000006",
        "pins": [PIN],
    },
    "complaint.rated": {"comment": "Quick and clear."},
    "complaint.decision_sent": ANSWER
    | {
        "response_type": "final_response",
        "remedies_named": ["AMF"],
        "waiver": "disp-1-annex-3",
        "proposed_by": "anna",
        "approved_by": "ben",
        "reasons": "The fee is in the tariff.",
        "parts": ["outcome", "reasons"],
        "source": {"company_response": "Closed with explanation"},
    },
    "complaint.noted": {"visibility": "customer"},
    "ticket.opened": {
        "assignee": "13",
        "subcategory": "223",
        "severity": "normal",
        "impact": 2,
        "urgency": 3,
        "parent": OTHER,
        "contact_email": "someone@example.org",
        "account_email": "account@example.org",
        "subject": "Verification by video",
        "description": "In the evening, please.",
        "fields": {
            "phone": "+33123456789",
            "people": [{"name": "Zoe", "mails": ["zoe@example.org"], "share": "25"}],
        },
        "chosen": {
            "factor": "app",
            "seen": {"from": "2026-05"},
            "days": ["mon", "tue"],
            "rating": 5,
            "sure": True,
        },
        "pins": [PIN],
        "source": {
            "system": "itsm",
            "id": "INC0000045",
            "attributes": {"made_sla": "true", "problem_id": ""},
            "personal": {"caller_id": "2403"},
        },
        "origin": "019e5048-3f00-8100-8000-000000000006",
        "first_received_at": "2026-05-20T15:59:00Z",
    },
    "ticket.promoted": SAID | {"country": "FR"},
    "ticket.triaged": SAID | {"subcategory": "223", "impact": 1, "urgency": 2},
    "ticket.assigned": SAID | {"assignee": "13", "reason_code": "absent"},
    "ticket.escalated": SAID | {"reason": "The whole floor waits."},
    "ticket.de_escalated": SAID,
    "ticket.investigation_started": SAID,
    "ticket.information_requested": SAID | {"text": "Which printer?"},
    "ticket.information_supplied": SAID | {"text": "The one by the window.", "answers": ["The third."]},
    "ticket.acknowledged": SAID | {"parts": ["reference"]},
    "ticket.replied": SAID,
    "ticket.follow_up_asked": SAID,
    "ticket.appointment_booked": {
        "ends_at": "2026-05-28T12:30:00Z",
        "how_to_join": "Open the link in a browser.",
        "remind_at": "2026-05-27T12:00:00Z",
    },
    "ticket.appointment_cancelled": {"reason": "The customer is ill."},
    "ticket.rated": {"comment": "It took a while."},
    "ticket.suspended": SAID,
    "ticket.resumed": SAID,
    "ticket.solved": SAID | {"text": "It prints again.", "closes_at": "2026-06-02T22:00:00Z"},
    "ticket.closed": SAID | {"code": "6", "reopen_before": "2026-06-16T22:00:00Z"},
    "ticket.reopened": SAID | {"reason": "It fails again."},
    "ticket.noted": SAID | {"visibility": "customer"},
    "ticket.source_updated": SAID | {"personal": {"location": "143"}},
    "attachment.queued": {"declared": "application/pdf", "visibility": "customer"},
    **{
        f"attachment.{word}": {"visibility": "customer"}
        for word in ("scanning", "accepted", "refused", "removed", "stalled")
    },
    "clock.started": WARNINGS | {"day_zero": "2026-05-25", "window": True},
    **{
        f"{kind}.{word}": {"inverse": True}
        for kind in ("complaint", "ticket")
        for word in ("linked", "unlinked")
    },
    "clock.cancelled": {"to": OTHER},
    "clock.taken_over": WARNINGS
    | {
        "day_zero": "2026-05-25",
        "window": True,
        "pauses": [{"from": "2026-05-25T08:00:00Z"}],
        "extended_by": "holding_reply_sent",
        "missed_at": "2026-05-28T07:00:00Z",
    },
    "clock.paused": {"reason": "Travelling."},
    "clock.retargeted": WARNINGS | {"reason": "A day of mourning.", "day_zero": "2026-05-21"},
    "clock.extended": WARNINGS | {"parts": ["reasons", "final_date"]},
    "clock.warned": {"recipients": ["team:complaints"], "deliver_from": "2026-05-27T07:00:00Z"},
    "clock.excusal_proposed": {"reason": "The bank answered late."},
    "clock.miss_excused": {"reason": "The bank answered late."},
    "clock.resumed": WARNINGS
    | {
        "pauses": [
            {"from": "2026-05-23T08:00:00Z", "to": "2026-05-24T08:00:00Z", "always": True},
            {"from": "2026-05-25T08:00:00Z"},
        ]
    },
    "policy.loaded": {"effective_until": "2027-01-01"},
    "form.loaded": {
        "form": "complaint",
        "kind": "complaint",
        "languages": ["en", "fr"],
        "shared": "1",
        "text": 'id = "complaint"\n',
    },
    "calendar.resolved": {
        "code": "FR",
        "version": "30183b648ae6",
        "source": "holidays 0.109",
        "holidays": [{"date": "2026-05-25", "name": "Lundi de Pentecôte"}],
    },
    "token.created": {
        "role": "handler",
        "teams": ["complaints"],
        "expires_at": "2027-01-01T00:00:00Z",
        "user": "anna",
        "legal_entities": ["main"],
        "clearance": "restricted",
    },
    "issue.opened": ISSUE | {"within": {"teams": ["complaints"], "legal_entities": ["main"]}},
    "issue.changed": ISSUE | {"title": "Withdrawals", "within": {"levels": ["normal"]}},
    "complaint.issue_linked": {"by_rule": True},
    "ticket.issue_linked": {"by_rule": True},
    "user.added": {
        "skills": ["withdrawal"],
        "languages": ["fr"],
        "capacity": 20,
        "email": "zoe@example.org",
        "teams": ["payments"],
        "legal_entities": ["main"],
        "clearance": "restricted",
    },
    "user.changed": {
        "name": "Zoë O’Neill",
        "email": "zoe@example.org",
        "role": "supervisor",
        "teams": [],
        "legal_entities": ["main"],
        "clearance": "confidential",
        "skills": ["withdrawal", "fees"],
        "languages": ["fr", "de"],
        "capacity": 10,
    },
    "user.left": {"reason_code": "moved", "successor": "ben"},
    "user.hand_over_asked": {
        "to": "ben",
        "reason_code": "workload",
        "within": {"teams": ["payments"], "legal_entities": ["main"], "levels": ["normal", "restricted"]},
    },
    "user.handed_over": {"failed": 2},
    "user.impersonated": {"reason": "The user cannot find the case."},
    "team.added": {"legal_entity": "main", "title": "Payments", "assignment": "round_robin"},
    "team.changed": {"legal_entity": "main", "title": "Payments and cards", "assignment": "manual"},
    "legal_entity.added": {"title": "Example Europe SA"},
    "case.read": {"behind": "user:admin-1", "request_id": "r-7", "purpose": "Audit of July"},
    "webhook.added": {"description": "The register of the group.", "terms": TERMS},
    "webhook.changed": {
        "url": "https://example.org/other?key=1",
        "description": "The register of the branch.",
        "terms": TERMS,
    },
}
"""Of each event the facts that it may have besides."""


def examples(event: type[Event]) -> list[dict[str, Any]]:
    """Return *event* as it is stored, with the least and with all that it can say."""
    topic = event.TOPIC
    least = HEADER | LEAST[topic]
    states: list[dict[str, Any]] = []
    for facts in (least, least | MORE | FULL.get(topic, {})):
        stored = EventMapper(EVENTS, FixedKeys()).to_stored_event(event.model_validate(facts))
        states.append({"topic": topic, "state": json.loads(stored.state)})
    return states


def main() -> None:
    """Write what is missing."""
    entries: list[dict[str, Any]] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else []
    for event in EVENTS:
        entries += [entry for entry in examples(event) if entry not in entries]
    GOLDEN.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
