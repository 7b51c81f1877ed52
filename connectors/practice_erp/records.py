"""The practice ERP's records in SQLite: one lock, one transaction for each call."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.practice_erp.ledger import Ledger

# WAL with synchronous=NORMAL keeps what is committed through a kill of the process, not through a power cut.
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS records (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, code TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS records_by_code ON records (kind, code);
CREATE INDEX IF NOT EXISTS records_by_code_alone ON records (code);
CREATE TABLE IF NOT EXISTS used_keys (
    key TEXT PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records (id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS used_keys_by_record ON used_keys (record_id);
CREATE TABLE IF NOT EXISTS record_references (
    target_id TEXT NOT NULL, record_id TEXT NOT NULL, PRIMARY KEY (target_id, record_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS record_references_by_record ON record_references (record_id);
CREATE TABLE IF NOT EXISTS id_counters (kind TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""


class DatabaseUnusableError(Exception):
    """The database file cannot be opened as a practice ERP's."""


class RecordsClosedError(Exception):
    """The server has stopped, so nothing can be read or stored any more."""


class Records:
    """All records, in a file or, without one, in memory."""

    def __init__(self, database: Path | None, *, keys: bool) -> None:
        self._lock = threading.Lock()
        self._connection = _opened(database)
        self._ledger = Ledger(self._connection, keys=keys)
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[Ledger]:
        with self._lock:
            if self._closed:
                raise RecordsClosedError
            yield self._ledger

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        """Open one transaction: what is done in the block is stored when it ends, or not at all."""
        with self.reading() as ledger:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield ledger
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._connection.close()


def _opened(database: Path | None) -> sqlite3.Connection:
    try:
        if database is not None:
            database.parent.mkdir(parents=True, exist_ok=True)
        name = ":memory:" if database is None else str(database)
        connection = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=30)
        connection.executescript(_SCHEMA)
    except (OSError, sqlite3.Error) as error:
        message = f"{database} cannot be opened as the practice ERP's database ({error}): name another file."
        raise DatabaseUnusableError(message) from error
    return connection
