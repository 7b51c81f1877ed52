"""One database: connections, transactions, and its errors in our words."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.pool import StaticPool

from engine.errors import Conflict, CountersignError, Misconfigured, StoreUnavailable
from engine.store.turns import LONGEST_WAIT, turn

_NOTICES_LOST_CLIENTS = 140_000  # PostgreSQL 14
_IDLE_LIMIT_MS = 30_000  # a stopped worker's transaction is ended, so that its locks are free
_BUSY_WAIT_S = 10.0  # for strangers alone: our own writers take turns by the lock file
# Serialization failure, deadlock, lock not available, and a row that another transaction was first to insert.
_TRY_AGAIN_STATES = ("40001", "40P01", "55P03", "23505")
_TOO_LARGE = "54"  # PostgreSQL's class of limits that no waiting changes


class Database:
    """A PostgreSQL database or a SQLite file; threads share it, each transaction has its own connection."""

    def __init__(self, url: str, pool_size: int = 5, longest_wait: float = LONGEST_WAIT) -> None:
        self.url = make_url(url)
        self._longest_wait = longest_wait  # seconds, for the turn to write to a SQLite file
        self.is_postgresql = self.url.get_backend_name() == "postgresql"
        self.path: Path | None = None
        if self.is_postgresql:
            self.engine = _postgresql(self.url.set(drivername="postgresql+psycopg"), pool_size)
        elif self.url.get_backend_name() == "sqlite":
            if self.url.database not in (None, "", ":memory:"):
                self.path = Path(str(self.url.database))
            self.engine = _sqlite(self.url, memory=self.path is None)
        else:
            raise Misconfigured(
                [f"COUNTERSIGN_DATABASE_URL: {self.url.get_backend_name()} is no PostgreSQL and no SQLite"]
            )

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that may write; commits at the end, rolls back on any error.

        Raises StoreUnavailable when the database is away, locked or full, and Conflict when another was first.
        """
        with self._translated(), self._turn(), self.engine.connect() as connection:
            if not self.is_postgresql:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            with connection.begin() if self.is_postgresql else _ended(connection):
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads; on SQLite it waits for nobody."""
        with self._translated(), self.engine.connect() as connection:
            if not self.is_postgresql:
                connection.exec_driver_sql("BEGIN")
            with connection.begin() if self.is_postgresql else _ended(connection):
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _turn(self) -> AbstractContextManager[None]:
        # Four busy writers on BEGIN IMMEDIATE alone starve each other for seconds: its waiting has no queue.
        return nullcontext() if self.path is None else turn(self.path, self._longest_wait)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except CountersignError:
            raise
        except DBAPIError as error:
            raise self.translated(error) from error
        except NoFreeConnection as error:
            raise StoreUnavailable(f"all connections to the database {self.name} are in use now") from error

    def translated(self, error: DBAPIError) -> Exception:
        """The error in our words: Conflict, StoreUnavailable, Misconfigured, or itself if it is a bug of ours."""
        text = (
            str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
        )
        state = getattr(error.orig, "sqlstate", None)
        if state in _TRY_AGAIN_STATES or text.startswith("UNIQUE constraint failed"):
            return Conflict(text)
        if (state or "").startswith(_TOO_LARGE) or "binding parameter" in text:
            return error
        if "no such table" in text or state in ("42P01", "3F000"):
            return Misconfigured([f"the database {self.name} has no tables of ours: run `countersign init`"])
        if "no such column" in text or state == "42703":
            return Misconfigured(
                [f"the database {self.name} is of another release: run `countersign upgrade`"]
            )
        if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
            return StoreUnavailable(f"the database {self.name} cannot be used now: {text}")
        return error

    @property
    def name(self) -> str:
        """The database as a message may show it: without a password."""
        return (
            str(self.path)
            if self.path
            else self.url.set(drivername="postgresql").render_as_string(hide_password=True)
        )


@contextmanager
def _ended(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def _postgresql(url: Any, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        connect_args={
            "connect_timeout": 10,
            "application_name": "countersign",
            "options": f"-c idle_in_transaction_session_timeout={_IDLE_LIMIT_MS} -c timezone=UTC",
            "keepalives_idle": 30,
        },
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    from psycopg.types.array import ListBinaryDumper  # noqa: PLC0415  SQLite users need not load it

    # As text, every quote and backslash of an array of JSON is escaped by a regular expression: half of all time.
    connection.adapters.register_dumper(list, ListBinaryDumper)
    if connection.info.server_version >= _NOTICES_LOST_CLIENTS:
        connection.autocommit = True
        connection.execute(
            "SET client_connection_check_interval = '2s'"
        )  # else a killed worker's locks outlive it
        connection.autocommit = False


def _sqlite(url: Any, *, memory: bool) -> Engine:
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": _BUSY_WAIT_S}
    if memory:
        engine = create_engine(url, poolclass=StaticPool, connect_args=arguments)
    else:
        engine = create_engine(url, pool_size=5, max_overflow=20, connect_args=arguments)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: a deferred one would fail on read-then-write
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")
