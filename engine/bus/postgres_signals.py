"""Wake-ups through PostgreSQL's LISTEN and NOTIFY."""

import contextlib
import hashlib
import select
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

import psycopg
from psycopg import sql

from engine.bus.waker import Waker

_LOST: Final = (psycopg.OperationalError, psycopg.InterfaceError)
_LONGEST_NAME: Final = 63  # bytes of a PostgreSQL identifier
_RECONNECT_AFTER: Final = 1.0  # seconds between two attempts while the database is away


class PostgresSignals:
    """Notifies over one connection of its own; each listener has another."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._lock = threading.Lock()
        self._connection: psycopg.Connection[Any] | None = None

    def notify(self, channel: str) -> None:
        """Wake every listener of the channel; when the database is away they look again by themselves."""
        with self._lock:
            try:
                self._send(channel)
            except _LOST:
                self._drop()
                with contextlib.suppress(*_LOST):  # a hint may be lost, never an error
                    self._send(channel)

    def _send(self, channel: str) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = _connect(self._conninfo)
        self._connection.execute("SELECT pg_notify(%s, '')", (postgres_channel(channel),))

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def listener(self, channels: Iterable[str]) -> "PostgresListener":
        """Begin to listen on these channels."""
        return PostgresListener(self._conninfo, [postgres_channel(channel) for channel in channels])

    def close(self) -> None:
        """Leave."""
        with self._lock:
            self._drop()


class PostgresListener:
    """Waits on its connection's socket and connects again when it breaks."""

    def __init__(self, conninfo: str, channels: list[str]) -> None:
        self._conninfo = conninfo
        self._channels = channels
        self._waker = Waker()
        self._connection: psycopg.Connection[Any] | None = None
        self._retry_at = 0.0
        self._connect()
        self._missed = False  # nothing can be missed before the first look

    def wait(self, timeout: float) -> bool:
        """Return at once when something was notified since the last wait; False when the time is over."""
        deadline = time.monotonic() + timeout
        while not self._listen(deadline - time.monotonic()):
            if time.monotonic() >= deadline:
                return False
        return True

    def _listen(self, left: float) -> bool:
        if self._connection is None:
            self._connect()
        if self._missed:
            self._missed = False
            return True
        poll = select.poll()
        poll.register(self._waker, select.POLLIN)
        if self._connection is None:
            left = min(left, _RECONNECT_AFTER)
        else:
            poll.register(self._connection.pgconn.socket, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, left) * 1000)}
        something = bool(ready - {self._waker.fileno()})
        heard = self._connection is not None and something and self._hear(self._connection)
        return self._waker.clear() or heard

    def _hear(self, connection: psycopg.Connection[Any]) -> bool:
        heard = False
        try:
            connection.pgconn.consume_input()
            while connection.pgconn.notifies() is not None:
                heard = True
        except _LOST:
            connection.close()
            self._connection = None
            return True
        return heard

    def _connect(self) -> None:
        if time.monotonic() < self._retry_at:
            return
        try:
            connection = _connect(self._conninfo)
            for channel in self._channels:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        except _LOST:
            self._retry_at = time.monotonic() + _RECONNECT_AFTER
            return
        self._connection = connection
        self._missed = True  # what was notified while nobody listened

    def wake(self) -> None:
        """Make the waiting thread return now, or its next wait; may be called from any thread."""
        self._waker.wake()

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.close()
        self._waker.close()


def postgres_channel(channel: str) -> str:
    """The channel's name in PostgreSQL, for `SELECT pg_notify` inside a transaction of one's own."""
    name = f"countersign:{channel}"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"countersign:{hashlib.sha256(channel.encode()).hexdigest()[:32]}"


def _connect(conninfo: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        conninfo.replace("postgresql+psycopg://", "postgresql://", 1),
        autocommit=True,
        connect_timeout=5,
        application_name="countersign signals",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )
