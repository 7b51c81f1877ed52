"""One leader among the processes that share a database: an advisory lock, or a lock file beside SQLite."""

import fcntl
import os
import zlib
from contextlib import suppress
from types import TracebackType
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from engine.store.bulk import run
from engine.store.database import Database

_SPACE = 0x6373_6C64


class Leadership:
    """Held by one at a time for each name, until it leaves, dies, or loses its connection."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._name = database, name
        self._connection: Connection | None = None
        self._file: int | None = None
        self._leads = (
            database.path is None and not database.is_postgresql
        )  # a database in memory has no others

    def held(self) -> bool:
        """Whether this one leads now; tries to become the leader if not."""
        if self._database.is_postgresql:
            return self._advisory()
        return self._leads or self._lock_file()

    def _advisory(self) -> bool:
        try:
            if self._connection is None:
                self._connection = self._database.engine.connect().execution_options(
                    isolation_level="AUTOCOMMIT"
                )
            if self._leads:
                run(self._connection, "SELECT 1")  # a lost connection has lost the lock
                return True
            self._leads = self._ask(self._connection, "pg_try_advisory_lock")
            return self._leads
        except DBAPIError as error:
            self._forget()
            raise self._database.translated(error) from error

    def _ask(self, connection: Connection, function: str) -> bool:
        sql = f"SELECT {function}(CAST(:space AS int), CAST(:name AS int))"
        name = zlib.crc32(self._name.encode()) & 0x7FFF_FFFF
        return bool(run(connection, sql, space=_SPACE, name=name).scalar())

    def _give_up(self) -> None:
        """Let the next one lead at once; the server would notice the closed connection a moment later."""
        if self._connection is not None and self._leads:
            with suppress(DBAPIError):  # a lost connection has lost the lock already
                self._ask(self._connection, "pg_advisory_unlock")

    def _forget(self) -> None:
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _lock_file(self) -> bool:
        if self._file is None:
            self._file = os.open(
                f"{self._database.path}.{self._name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._leads = True
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            os.close(self._file)
        self._give_up()
        self._forget()
