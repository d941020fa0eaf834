"""What is said to the database about one log; all SQL of the record stands here.

A question mark stands for a value.  Names of schemas are ours, never a caller's.
"""

from __future__ import annotations

from functools import cache, lru_cache

from adapters.eventstore.tables import schema_of

IN_ONE_ROW_SET = 4
"""Up to so many events an append names them one by one, each number of them being a statement of its own
that the server prepares; beyond, arrays serve any number (3,000 against 2,200 appends/s of one event)."""
KEPT = 64
"""Questions about many logs that are not written anew each time: logs join, and tests have many stores."""
EVENT = "number, originator_id, originator_version, topic, state"
RECEIPT = "principal, path, key, fingerprint, status, case_id, version, recorded_at, number"


class Statements:
    """The statements of *log*, in the words of SQLite or of PostgreSQL."""

    def __init__(self, log: int, *, sqlite: bool) -> None:
        self.log, self.sqlite = log, sqlite
        self._in = "" if sqlite else f"{schema_of(log)}."
        values = "?, " * 8
        known = "principal = ? AND path = ? AND key = ?"
        self.bump = self._said(f"UPDATE {self._in}head SET last = last + ? RETURNING last")
        self.last = self._said(f"SELECT last FROM {self._in}head")
        self.insert = self._said(f"INSERT INTO {self._in}events ({EVENT}) VALUES (?, ?, ?, ?, ?)")
        self.copy = f"COPY {self._in}events ({EVENT}) FROM STDIN (FORMAT BINARY)"
        self.keep = self._said(f"INSERT INTO {self._in}receipts ({RECEIPT}) VALUES ({values}?)")
        self.kept = self._said(f"SELECT {RECEIPT} FROM {self._in}receipts WHERE {known} AND recorded_at >= ?")
        self.purge = self._said(f"DELETE FROM {self._in}receipts WHERE recorded_at < ?")
        self.last_of = self._said(
            f"SELECT number FROM {self._in}events WHERE originator_id = ? "
            "ORDER BY originator_version DESC LIMIT 1"
        )
        self.last_version = (
            f"SELECT CAST(max(originator_version) AS TEXT) FROM {self._in}events WHERE originator_id = ?"
        )
        self.last_event = (
            f"SELECT originator_version, state FROM {self._in}events WHERE originator_id = ? "
            "ORDER BY originator_version DESC LIMIT 1"
        )
        stream = (
            f"SELECT number, originator_version, topic, state FROM {self._in}events "
            "WHERE originator_id = ? AND originator_version > ? AND originator_version <= ? "
        )
        self.stream = self._said(f"{stream}ORDER BY originator_version LIMIT ?")
        self.stream_back = self._said(f"{stream}ORDER BY originator_version DESC LIMIT ?")
        id = "hex(case_id)" if sqlite else "CAST(case_id AS TEXT)"
        # A receipt comes as a row of a version below 0, so that one round trip serves both.
        self.case = self._said(
            f"SELECT number, -status, CAST(version AS TEXT) || ' ' || {id}, fingerprint "
            f"FROM {self._in}receipts WHERE {known} AND recorded_at >= ? "
            f"UNION ALL SELECT number, originator_version, topic, state FROM {self._in}events "
            "WHERE originator_id = ?"
        )

    @cache  # noqa: B019 - as many as there are logs, for as long as the process lives
    def append(self, count: int, *, receipt: bool) -> str:
        """Return the one statement that appends *count* events on PostgreSQL, and a receipt.

        It returns a row an event, and none when the log has no head row.
        """
        kept = (
            f", kept AS (INSERT INTO {self._in}receipts ({RECEIPT}) SELECT {'?, ' * 8}last FROM bumped)"
            if receipt
            else ""
        )
        return self._said(
            f"WITH bumped AS (UPDATE {self._in}head SET last = last + {count} RETURNING last){kept} "
            f"INSERT INTO {self._in}events ({EVENT}) "
            f"SELECT last - {count} + e.place, e.id, e.version, e.topic, e.state "
            f"FROM bumped, {_rows(count)} RETURNING number"
        )

    def notifications(self, topics: int) -> str:
        """Return the question for events from one number to another, of so many topics (0: any)."""
        among = f"AND topic IN ({_marks(topics)}) " if topics else ""
        return self._said(
            f"SELECT {EVENT} FROM {self._in}events WHERE number >= ? AND number <= ? {among}"
            "ORDER BY number LIMIT ?"
        )

    def of_many(self, ids: int) -> str:
        """Return the question for the events of so many aggregates."""
        return self._said(
            f"SELECT {EVENT} FROM {self._in}events WHERE originator_id {self._among(ids)} "
            "ORDER BY originator_id, originator_version"
        )

    def known(self, ids: int) -> str:
        """Return the question which of so many aggregates have events."""
        return self._said(
            f"SELECT originator_id FROM {self._in}events "
            f"WHERE originator_version = 1 AND originator_id {self._among(ids)}"
        )

    def _among(self, ids: int) -> str:
        return f"IN ({_marks(ids)})" if self.sqlite else "= ANY(?)"

    def _said(self, text: str) -> str:
        return text if self.sqlite else text.replace("?", "%b")


@lru_cache(maxsize=KEPT)
def ends(logs: tuple[Statements, ...]) -> str:
    """Return the question for the last number of each log: one statement, so one state of all."""
    return " UNION ALL ".join(each.last.replace("SELECT", f"SELECT {each.log},") for each in logs)


@lru_cache(maxsize=KEPT)
def stretches(logs: tuple[int, ...]) -> str:
    """Return the question for a stretch of each of *logs* on PostgreSQL, in no order.

    The bounds come as three arrays, in the order of *logs*: numbers of different size in one
    statement each would be statements of their own to the server.
    """
    return " UNION ALL ".join(
        f"SELECT * FROM (SELECT {log} AS log, {EVENT} FROM {schema_of(log)}.events "
        f"WHERE number > (%(after)b::int8[])[{place}] AND number <= (%(stop)b::int8[])[{place}] "
        f"ORDER BY number LIMIT (%(most)b::int8[])[{place}]) AS log_{log}"
        for place, log in enumerate(logs, start=1)
    )


def _marks(count: int) -> str:
    return ", ".join("?" * count)


def _rows(count: int) -> str:
    if count <= IN_ONE_ROW_SET:
        rows = ", ".join(f"({place}, ?::uuid, ?::int4, ?::text, ?::bytea)" for place in range(1, count + 1))
        return f"(VALUES {rows}) AS e (place, id, version, topic, state)"
    arrays = "unnest(?::uuid[], ?::int4[], ?::text[], ?::bytea[])"
    return f"{arrays} WITH ORDINALITY AS e (id, version, topic, state, place)"
