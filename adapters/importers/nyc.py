"""The casework of the New York City Council: what each of its columns means to a case.

``unique_key`` is the source's id, ``opendate`` the receipt, ``closedate`` the decision and
the closing in one (empty while the case is open), ``complaint_type`` the category, where
there is one; all other words are attributes of the source.  Dates are days in the zone
that is given, which is kept beside them.  A key that comes again is a duplicate: the
first row in the order of the file counts.

The register names no channel and no outcome: ``branch`` stands for the district office that
entered the case, ``no_decision`` for whatever was done.

``borough``, ``council_dist`` and ``community_board`` say which district a case is of, each of
some hundred thousand people or more: they identify nobody, and are kept as attributes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import ValidationError

from adapters.importers.reading import Record
from adapters.importers.register import Register, Unusable, day
from domain.complaint import Complaint
from domain.complaint.approval import Answer
from domain.complaint.register import Source
from domain.complaint.submission import Submission

if TYPE_CHECKING:
    from domain.clocks import Pin
    from domain.kernel import Context
    from domain.policies import Rulebook

SYSTEM = "nyc"
KEY = "unique_key"
ATTRIBUTES = ("account", "complaint_type", "descriptor", "borough", "council_dist", "community_board")
COLUMNS: tuple[str, ...] = (KEY, "opendate", "closedate", *ATTRIBUTES)
UNNAMED = "other"
"""The category of a case whose register names none."""


@dataclass(frozen=True)
class Entry:
    """One case of the register."""

    source_id: str
    written_at: datetime
    received_at: datetime
    closed_at: datetime | None
    submission: Submission

    @property
    def last_dated(self) -> datetime:
        """The closing, or the receipt of a case that is open."""
        return self.closed_at or self.received_at

    def live(self, id: UUID, by: Context, rules: Rulebook, pins: tuple[Pin, ...]) -> Complaint:
        """Return the complaint: received, and decided and closed on one day."""
        complaint = Complaint(id)
        complaint.receive(self.submission, by, rules, received_at=self.received_at, pins=pins)
        if self.closed_at is not None:
            complaint.resolve(Answer("no_decision", None), by, rules, occurred_at=self.closed_at)
            complaint.close(by, rules, occurred_at=self.closed_at)
        return complaint


def entry(fields: Mapping[str, str], zone: str) -> Entry:
    """Return the case of one row; raise Unusable when it cannot be one."""
    opened = day(fields["opendate"], zone)
    if opened is None:
        raise Unusable("opendate is no date; write it like 2023-08-25")
    closed = None
    if fields["closedate"]:
        closed = day(fields["closedate"], zone)
        if closed is None:
            raise Unusable("closedate is no date; write it like 2023-08-25")
    return Entry(
        source_id=fields[KEY],
        written_at=datetime.combine(opened[0], time.min, UTC),
        received_at=opened[1],
        closed_at=closed and closed[1],
        submission=_submission(fields, zone),
    )


def _submission(fields: Mapping[str, str], zone: str) -> Submission:
    try:
        return Submission(
            form=SYSTEM,
            channel="branch",
            service=None,
            category=fields["complaint_type"] or UNNAMED,
            source=Source(
                system=SYSTEM,
                id=fields[KEY],
                attributes={name: fields[name] for name in ATTRIBUTES if fields[name]} | {"zone": zone},
            ),
        )
    except ValidationError as error:
        names = sorted({str(each["loc"][-1]) for each in error.errors()})
        where = ", ".join({"category": "complaint_type", "id": KEY}.get(name, name) for name in names)
        raise Unusable(f"{where} is too long or has characters that do not print") from None


def _entry(rows: Sequence[Record], zone: str) -> Entry:
    return entry(rows[0].fields, zone)


REGISTER = Register(system=SYSTEM, columns=COLUMNS, key=KEY, entry=_entry)
