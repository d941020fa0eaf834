"""The CFPB Consumer Complaint Database: what each of its columns means to a case.

Every column has a home, so that the register can be written out again as it came in:
``complaint_id`` is the source's id, ``date_received`` the receipt,
``date_sent_to_company`` its own instant, ``narrative`` the details, ``product`` the
category; ``state``, ``zip_code`` and ``tags`` describe the complainant; all other words
are attributes of the source.  Dates are days in ``zone``, which is kept beside them.

The register names a response but gives it no date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError

from adapters.importers.reading import Record
from adapters.importers.register import Register, Unusable, day
from domain.complaint import Complaint
from domain.complaint.approval import Answer
from domain.complaint.codes import Channel, Outcome
from domain.complaint.register import Source
from domain.complaint.submission import Submission

if TYPE_CHECKING:
    from domain.clocks import Pin
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


@dataclass(frozen=True)
class Entry:
    """One complaint of the register, as a case."""

    source_id: str
    written_at: datetime
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

    def live(self, id: UUID, by: Context, rules: Rulebook, pins: tuple[Pin, ...]) -> Complaint:
        """Return the complaint.

        A response has no date: it takes the last date of the row, marked as not known.
        """
        complaint = Complaint(id)
        complaint.receive(self.submission, by, rules, received_at=self.received_at, pins=pins)
        if self.outcome is not None:
            at, source = self.last_dated, {"company_response": self.response}
            complaint.resolve(
                Answer(self.outcome, None), by, rules, occurred_at=at, known=False, source=source
            )
            complaint.close(by, rules, occurred_at=at, known=False)
        return complaint


def entry(fields: Mapping[str, str], zone: str) -> Entry:
    """Return the complaint of one row; raise Unusable when it cannot be one."""
    received = _day(fields, "date_received", zone)
    if received is None:
        raise Unusable("date_received is missing")
    sent = _day(fields, "date_sent_to_company", zone)
    sent_at = sent and sent[1]
    if fields["company_response"] not in OUTCOMES:
        raise Unusable("company_response is a word that the importer does not know")
    return Entry(
        source_id=fields["complaint_id"],
        written_at=datetime.combine(received[0], time.min, UTC),
        date_received=received[0],
        date_sent=sent and sent[0],
        received_at=received[1],
        last_dated=max(received[1], sent_at or received[1]),
        response=fields["company_response"],
        submission=_submission(fields, zone, sent_at),
    )


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


def _day(fields: Mapping[str, str], column: str, zone: str) -> tuple[date, datetime] | None:
    if not fields[column]:
        return None
    found = day(fields[column], zone)
    if found is None:
        raise Unusable(f"{column} is no date; write it like 2023-08-25")
    return found


def _entry(rows: Sequence[Record], zone: str) -> Entry:
    return entry(rows[0].fields, zone)


REGISTER = Register(system=SYSTEM, columns=COLUMNS, key="complaint_id", entry=_entry, zone=ZONE)
