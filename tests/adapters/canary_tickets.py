"""Tickets of which every personal field is filled with a word to look for."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.importers import itsm
from adapters.importers.run import import_file
from domain.access import Role, Sensitivity
from domain.complaint.register import Mandate
from domain.kernel import Context
from domain.policies import Rulebook
from domain.ticket import Ticket
from domain.ticket.appointments import Slot
from domain.ticket.events import Escalated
from domain.ticket.request import Request
from tests.adapters import canary_complaints
from tests.http.world import World, a_ticket

ROW = {
    "number": "INC1",
    "incident_state": "Active",
    "contact_type": "Phone",
    "impact": "2",
    "urgency": "2",
    "priority": "3",
    "opened_at": "2016-02-29T01:16",
    "sys_updated_at": "2016-02-29T01:23",
    "caller_id": "canary-caller",
    "location": "canary-location",
}
"""A row of the incident log; those after it change what it says of a person."""
ROWS: tuple[dict[str, str], ...] = (
    {"row_in_case": "1"},
    {"row_in_case": "2", "caller_id": "canary-other-caller", "location": "canary-moved"},
    {"number": "INC2", "row_in_case": "1", "priority": "canary-rejected"},
)
LIFE: tuple[Callable[[Ticket, Context, Rulebook], None], ...] = (
    lambda ticket, by, rules: ticket.request_information("canary-request-question", by, rules),
    lambda ticket, by, rules: ticket.supply_information("canary-request-answer", by, rules),
    lambda ticket, by, rules: ticket.note("canary-request-note", by, rules, visibility="customer"),
    # No command gives a reason yet.
    lambda ticket, by, _rules: ticket.record(
        Escalated, by, severity="critical", level=2, reason="canary-request-escalation"
    ),
    lambda ticket, by, rules: ticket.represent(
        Mandate(name="canary-request-lawyer", power_of_attorney="canary-request-deed"), by, rules
    ),
    lambda ticket, by, rules: ticket.end_representation(1, "canary-request-deed-ended", by, rules),
    lambda ticket, by, rules: ticket.name_person_complained_of("carl", by, rules),
    lambda ticket, by, rules: ticket.assign(
        "complaints", "carl", by, rules, override_reason="canary-request-override"
    ),
    lambda ticket, by, rules: ticket.hand_on(
        by, rules, team=None, assignee=None, reason_code="other", reason="canary-request-handed-over"
    ),
    lambda ticket, by, rules: ticket.place_hold("legal", "canary-request-hold", by, rules),
    lambda ticket, by, rules: ticket.lift_hold("canary-request-freed", by, rules),
    lambda ticket, by, rules: ticket.ask_follow_up(("canary-request-follow-up",), by, rules),
    lambda ticket, by, rules: ticket.supply_answers(("canary-request-answered",), None, by, rules),
    lambda ticket, by, rules: ticket.reply("canary-request-reply", by, rules),
    lambda ticket, by, rules: ticket.book_appointment(
        Slot(kind="callback", starts_at=by.recorded_at + timedelta(days=3), zone="Europe/Paris"),
        by,
        rules,
        how_to_join="canary-request-number",
    ),
    lambda ticket, by, rules: ticket.cancel_appointment("canary-request-cancelled", by, rules),
    lambda ticket, by, rules: ticket.solve(by, rules, text="canary-request-solved"),
    lambda ticket, by, rules: ticket.rate(1, by, rules, comment="canary-request-comment"),
    lambda ticket, by, rules: ticket.reopen("canary-request-reopened", by, rules),
    lambda ticket, by, rules: ticket.promote("canary-request-promoted", "fees", by, rules, country="FR"),
    lambda ticket, by, rules: ticket.set_sensitivity(
        Sensitivity.RESTRICTED, "canary-request-sensitivity", by, rules
    ),
    lambda ticket, by, rules: ticket.grant_emergency_access("ben", "canary-request-emergency", by, rules),
)
SAID: dict[str, Any] = {
    "contact_email": "canary-email@example.org",
    "account_email": "canary-email@example.org",
    "subject": "canary-request-subject",
    "description": "canary-request-description",
    "fields": {"device": "canary-request-field"},
}
WORDS = {
    "canary-request-subject",
    "canary-request-description",
    "canary-request-field",
    "canary-request-question",
    "canary-request-answer",
    "canary-request-note",
    "canary-request-lawyer",
    "canary-request-deed",
    "canary-request-deed-ended",
    "canary-request-override",
    "canary-request-handed-over",
    "canary-request-hold",
    "canary-request-freed",
    "canary-request-follow-up",
    "canary-request-answered",
    "canary-request-reply",
    "canary-request-number",
    "canary-request-cancelled",
    "canary-request-solved",
    "canary-request-comment",
    "canary-request-split",
    "canary-request-other-person",
    "canary-request-escalation",
    "canary-request-reopened",
    "canary-request-promoted",
    "canary-request-sensitivity",
    "canary-request-emergency",
    "canary-caller",
    "canary-location",
    "canary-other-caller",
    "canary-moved",
    "canary-rejected",
}


def live(world: World, outside: Path) -> None:
    """Let a ticket live, and import one from a log whose rows are good, and a row that is not."""
    plaint = world.plaint
    by, rules = plaint.desk.context("anna"), plaint.desk.rules
    ticket = Ticket(plaint.desk.fresh_id(plaint.now()))
    ticket.open(Request(form="general", category="other", **SAID), by, rules)
    for step in LIFE:
        step(ticket, by, rules)
    plaint.store.append(ticket)
    part = canary_complaints.split(world, "tickets", ticket.id, "canary-request-split")
    canary_complaints.merge(world, "tickets", part, a_ticket(world), "canary-request-other-person")
    with outside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, itsm.COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(ROW | row for row in ROWS)
    summary = import_file(plaint, outside, system=itsm.SYSTEM, zone="Europe/Rome")
    assert (summary.cases, summary.rejected) == (1, 1)
    world.settle()
    history = f"/v1/tickets/{ticket.id}/history"
    assert (
        "canary-request-note"
        in world.get(history, world.token(Role.SUPERVISOR) | {"Purpose": "canary-purpose"}).text
    )
