"""What the read model knows of files: those that wait, those that stand too long, and what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from adapters.database import Database
from adapters.views import tables
from adapters.views.tables import FILES_VIEW, files, live
from domain.attachments.file import IN_FLIGHT, Status
from projections.files import FILES, FileRow

AT_ONCE = 500
UNSETTLED = [each.value for each in sorted(IN_FLIGHT)]


class FileQueue:
    """Looks into the read model of files; the case itself has the last word on each."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def waiting(self, limit: int) -> list[FileRow]:
        """Return files that nobody looks at yet: the oldest of each case, then the second of each, and so on.

        So whoever floods one case holds up the files of that case alone.
        """
        c = files.c
        waits = (FILES_VIEW.live, c.status == Status.QUEUED.value, c.until.is_not(None))
        turn = func.row_number().over(partition_by=c.case_id, order_by=(c.queued_at, c.id))
        turns = select(c.id, turn.label("turn")).where(*waits).subquery()
        query = select(c.doc).join(turns, turns.c.id == c.id).where(*waits)
        with self.database.ask() as connection:
            found = connection.execute(query.order_by(turns.c.turn, c.queued_at, c.id).limit(limit))
            return [FileRow.model_validate_json(row.doc) for row in found]

    def overdue(self, now: datetime, limit: int) -> list[FileRow]:
        """Return files that stand where they are beyond their time."""
        c = files.c
        query = select(c.doc).where(FILES_VIEW.live, c.status.in_(UNSETTLED), c.until <= now)
        with self.database.ask() as connection:
            found = connection.execute(query.order_by(c.until, c.id).limit(limit))
            return [FileRow.model_validate_json(row.doc) for row in found]

    def oldest(self) -> datetime | None:
        """Return since when the oldest file in flight has been there."""
        c = files.c
        # What is in flight has a time until which it is; the index is of those alone.
        waits = (FILES_VIEW.live, c.status.in_(UNSETTLED), c.until.is_not(None))
        query = select(func.min(c.queued_at)).where(*waits)
        with self.database.ask() as connection:
            return connection.execute(query).scalar()

    def statuses(self, addresses: Sequence[str]) -> dict[str, Status]:
        """Return what became of the files whose sealed bytes have *addresses*; of others nothing."""
        c, found = files.c, dict[str, Status]()
        with self.database.ask() as connection:
            for start in range(0, len(addresses), AT_ONCE):
                some = addresses[start : start + AT_ONCE]
                query = select(c.address, c.status).where(FILES_VIEW.live, c.address.in_(some))
                found |= {row.address: Status(row.status) for row in connection.execute(query)}
        return found

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many files there are by status, and how many were refused by reason."""
        c = tables.counters.c
        query = select(c.metric, c.value, c["count"]).where(c.projection == FILES.name, c.slot == live(FILES))
        with self.database.ask() as connection:
            return {(metric, value): count for metric, value, count in connection.execute(query)}
