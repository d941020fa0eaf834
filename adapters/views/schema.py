"""What every table of the read models shares."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Text

metadata = MetaData()

LATEST = "latest"
"""In what a table says of itself: the instant in a row by which a later row is never replaced by an earlier.

Needed where one row is folded from several logs: processes that work on them save it in any order.
"""


def slot() -> Column[str]:
    """Return the column that tells the generation a row is of."""
    return Column("slot", Text, primary_key=True)
