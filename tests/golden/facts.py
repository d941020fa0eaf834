"""Facts that the examples of many events have in common."""

from __future__ import annotations

from typing import Any
from uuid import UUID

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
