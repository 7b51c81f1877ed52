"""How Alembic runs our migrations: on the connection and in the transaction of engine.store.schema."""

from alembic import context

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `countersign upgrade`: it takes the locks that two migrations at once need")
context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite")
with context.begin_transaction():
    context.run_migrations()
