"""On SQLite the slot that is not read is in a table of its own, made when something is built.

What was kept, or being built, in the table of what is read is taken out; it can be built from the log.
"""

from alembic import op

revision = "views_0014"
down_revision = "views_0013"

READ_MODELS = (
    "queue",
    "case_files",
    "clocks",
    "timers",
    "tokens",
    "users",
    "teams",
    "legal_entities",
    "files",
    "issues",
    "issue_cases",
    "turns",
    "children",
)
"""Each in a table of its name."""


def upgrade() -> None:
    """Leave what is read with all its indexes, and nothing else."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        live = "SELECT slot FROM generations WHERE state = 'live' AND projection = "
        for name in READ_MODELS:
            connection.exec_driver_sql(f"DELETE FROM {name} WHERE slot NOT IN ({live}'{name}')")  # noqa: S608 - names of ours
        for name in ("cursors", "counters"):
            connection.exec_driver_sql(f"DELETE FROM {name} WHERE slot NOT IN ({live}{name}.projection)")  # noqa: S608 - names of ours
        connection.exec_driver_sql("DELETE FROM generations WHERE state <> 'live'")
        for (statement,) in connection.exec_driver_sql("SELECT statement FROM postponed").all():
            connection.exec_driver_sql(statement)
    op.drop_table("postponed")
