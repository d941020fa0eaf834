"""The CFPB Consumer Complaint Database: what each of its columns means to a case.

Every column has a home, so that the register can be written out again as it came in:
``complaint_id`` is the source's id, ``date_received`` the receipt,
``date_sent_to_company`` its own instant, ``narrative`` the details, ``product`` the
category; ``state``, ``zip_code`` and ``tags`` describe the complainant; all other words
are attributes of the source.  Dates are days in ``zone``, which is kept beside them.

The register names a response but gives it no date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError

from domain.complaint.events import Channel, Outcome, Source
from domain.complaint.submission import Submission
from domain.hours import first_instant
from domain.ids import imported

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.complaint import Complaint
    from domain.kernel import Context
    from domain.policies import Rulebook

SYSTEM = "cfpb"
ZONE = "America/New_York"
COLUMNS = (
    "complaint_id",
    "batch",
    "date_received",
    "product",
    "sub_product",
    "issue",
    "sub_issue",
    "narrative",
    "company_public_response",
    "company",
    "state",
    "zip_code",
    "tags",
    "consent",
    "submitted_via",
    "date_sent_to_company",
    "company_response",
    "timely",
    "disputed",
)
PERSONAL = ("state", "zip_code", "tags")
ATTRIBUTES = (
    "batch",
    "product",
    "sub_product",
    "issue",
    "sub_issue",
    "company_public_response",
    "company",
    "consent",
    "submitted_via",
    "company_response",
    "timely",
    "disputed",
)
CHANNELS: Mapping[str, Channel] = {
    "Web": "web",
    "Referral": "regulator",
    "Web Referral": "regulator",
    "Phone": "phone",
    "Postal mail": "letter",
    "Fax": "letter",
    "Email": "email",
}
OUTCOMES: Mapping[str, Outcome | None] = {
    "Closed with monetary relief": "upheld",
    "Closed with non-monetary relief": "upheld",
    "Closed with relief": "upheld",
    "Closed with explanation": "rejected",
    "Closed without relief": "rejected",
    "Closed": "rejected",
    "Untimely response": "no_decision",
    "In progress": None,
    "": None,
}
"""What a company's response decided.  ``Closed`` and ``Closed without relief`` are older words
for a complaint that got no relief; an untimely response is none that the register knows."""

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Unusable(Exception):
    """A row cannot become a case; the message says why and repeats nothing of the row."""


@dataclass(frozen=True)
class Entry:
    """One complaint of the register, as a case."""

    id: UUID
    date_received: date
    date_sent: date | None
    received_at: datetime
    last_dated: datetime
    response: str
    submission: Submission

    @property
    def outcome(self) -> Outcome | None:
        """What was decided; None while the complaint is in progress."""
        return OUTCOMES[self.response]


def entry(fields: Mapping[str, str], zone: str) -> Entry:
    """Return the complaint of one row; raise Unusable when it cannot be one.

    The id carries the date of receipt as it is written, so that another zone does not
    make another case of the same complaint.
    """
    if not fields["complaint_id"]:
        raise Unusable("complaint_id is missing")
    received = _day(fields, "date_received")
    if received is None:
        raise Unusable("date_received is missing")
    sent = _day(fields, "date_sent_to_company")
    received_at = first_instant(received, zone)
    sent_at = None if sent is None else first_instant(sent, zone)
    if fields["company_response"] not in OUTCOMES:
        raise Unusable("company_response is a word that the importer does not know")
    return Entry(
        id=imported(SYSTEM, fields["complaint_id"], datetime.combine(received, time.min, UTC)),
        date_received=received,
        date_sent=sent,
        received_at=received_at,
        last_dated=max(received_at, sent_at or received_at),
        response=fields["company_response"],
        submission=_submission(fields, zone, sent_at),
    )


def replay(each: Entry, complaint: Complaint, by: Context, rules: Rulebook, pins: tuple[Pin, ...]) -> None:
    """Let *complaint* live what the register knows of it.

    A response has no date: it takes the last date of the row, marked as not known.
    """
    complaint.receive(each.submission, by, rules, received_at=each.received_at, pins=pins)
    if each.outcome is None:
        return
    at, source = each.last_dated, {"company_response": each.response}
    complaint.resolve(each.outcome, None, by, rules, occurred_at=at, known=False, source=source)
    complaint.close(by, rules, occurred_at=at, known=False)


def _submission(fields: Mapping[str, str], zone: str, sent_at: datetime | None) -> Submission:
    if fields["submitted_via"] not in CHANNELS:
        raise Unusable("submitted_via is a word that the importer does not know")
    try:
        return Submission(
            form=SYSTEM,
            channel=CHANNELS[fields["submitted_via"]],
            language="en",
            service=None,
            category=fields["product"],
            country="US",
            details=fields["narrative"] or None,
            sent_to_company_at=sent_at,
            source=Source(
                system=SYSTEM,
                id=fields["complaint_id"],
                attributes={k: fields[k] for k in ATTRIBUTES if fields[k]} | {"zone": zone},
                personal={k: fields[k] for k in PERSONAL if fields[k]},
            ),
        )
    except ValidationError as error:
        names = {str(each["loc"][-1]) for each in error.errors()}
        where = ", ".join(sorted({"category": "product", "details": "narrative"}.get(n, n) for n in names))
        raise Unusable(f"{where} is missing, too long or has characters that do not print") from None


def _day(fields: Mapping[str, str], column: str) -> date | None:
    text = fields[column]
    if not text:
        return None
    try:
        return date.fromisoformat(text) if DAY.fullmatch(text) else _no_day(column)
    except ValueError:
        return _no_day(column)


def _no_day(column: str) -> date:
    raise Unusable(f"{column} is no date; write it like 2023-08-25")
