"""What every part of the embedded queue shares: transactions, the clock, signals, and one way to fail."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Double, cast, func, literal
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.bus.signal import Signals
from engine.errors import BusUnavailable, Conflict, StoreUnavailable
from engine.ports import Clock

Transaction: TypeAlias = Callable[[], AbstractContextManager[Connection]]

_MISSING_TABLE: Final = ("no such table", "does not exist")


@dataclass(frozen=True, slots=True)
class Session:
    """The two ways into the database that the embedded queue was given."""

    begin_write: Transaction
    begin_read: Transaction
    signals: Signals
    clock: Clock

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write; it commits at the end."""
        with _translated(), self.begin_write() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with _translated(), self.begin_read() as connection:
            yield connection

    def now(self, connection: Connection) -> ColumnElement[float]:
        """The time now, in seconds; the server's where there is one, because machines disagree."""
        if connection.dialect.name == "postgresql":
            return cast(func.extract("epoch", func.clock_timestamp()), Double)
        return literal(self.clock.now().timestamp(), Double)

    def notify(self, queue: str) -> None:
        """Wake whoever waits for messages of this queue."""
        self.signals.notify(channel(queue))


def channel(queue: str) -> str:
    """The channel on which a queue's arrivals are notified."""
    return f"queue:{queue}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (StoreUnavailable, Conflict) as error:
        raise BusUnavailable(f"the embedded queue's database: {error}") from error
    except DBAPIError as error:
        raise BusUnavailable(_reason(error)) from error
    except (PoolTimeout, OSError, SQLAlchemyError) as error:
        raise BusUnavailable(f"the embedded queue's database cannot be used: {_first_line(error)}") from error


def _reason(error: DBAPIError) -> str:
    cause = _first_line(error.orig or error)
    if any(sign in cause for sign in _MISSING_TABLE):
        return f"the embedded queue's tables are missing ({cause}): run `countersign init`"
    return f"the embedded queue's database cannot be used: {cause}"


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
