"""One moment of the database for several queries."""

from sqlalchemy import Connection

from engine.store.bulk import is_postgresql


def hold(connection: Connection) -> None:
    """Let every query of this transaction see the same moment; has to be its first statement."""
    if is_postgresql(connection):  # a deferred transaction of SQLite does so by itself
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
