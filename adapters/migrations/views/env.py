"""Runs the schema changes of this branch on the connection that it is given."""

from alembic import context

from adapters.views.beside import drop_all

config = context.config
context.configure(
    connection=config.attributes["connection"],
    version_table=config.attributes["version_table"],
    transactional_ddl=True,
)
drop_all(config.attributes["connection"])
context.run_migrations()
