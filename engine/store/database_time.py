"""The time that all processes on one database agree on."""

from typing import Final

from sqlalchemy import Connection

from engine import times
from engine.ports import Clock
from engine.store.bulk import is_postgresql, run
from engine.times import SystemClock

_SQL: Final = "SELECT clock_timestamp()"  # now() would be the transaction's beginning


def now(connection: Connection, clock: Clock) -> str:
    """PostgreSQL's time in the place of a machine's own, which may differ; any other clock is right by definition."""
    if isinstance(clock, SystemClock) and is_postgresql(connection):
        return times.text(run(connection, _SQL).scalar_one())
    return times.text(clock.now())
