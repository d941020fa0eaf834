"""What every table of the read models shares."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Text

metadata = MetaData()


def slot() -> Column[str]:
    """Return the column that tells the generation a row is of."""
    return Column("slot", Text, primary_key=True)
