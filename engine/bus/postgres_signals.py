"""Wake-ups through PostgreSQL's LISTEN and NOTIFY."""

import contextlib
import hashlib
import os
import select
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

import psycopg
from psycopg import sql

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
            except psycopg.OperationalError:
                self._drop()
                with contextlib.suppress(psycopg.OperationalError):  # a hint may be lost, never an error
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
        self._woken, self._waker = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._waker, False)
        self._connection: psycopg.Connection[Any] | None = None
        self._retry_at = 0.0
        self._connect()
        self._missed = False  # nothing can be missed before the first look

    def wait(self, timeout: float) -> bool:
        """Return at once when something was notified since the last wait; False when the time is over."""
        if self._connection is None:
            self._connect()
        if self._missed:
            self._missed = False
            return True
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        if self._connection is not None:
            poll.register(self._connection.pgconn.socket, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, timeout) * 1000)}
        heard = self._connection is not None and bool(ready - {self._woken}) and self._hear(self._connection)
        return self._forget_wakes(self._woken in ready) or heard

    def _hear(self, connection: psycopg.Connection[Any]) -> bool:
        heard = False
        try:
            connection.pgconn.consume_input()
            while connection.pgconn.notifies() is not None:
                heard = True
        except psycopg.OperationalError:
            connection.close()
            self._connection = None
            return True
        return heard

    def _forget_wakes(self, woken: bool) -> bool:
        if woken:
            with contextlib.suppress(BlockingIOError):
                while os.read(self._woken, 64):
                    pass
        return woken

    def _connect(self) -> None:
        if time.monotonic() < self._retry_at:
            return
        try:
            connection = _connect(self._conninfo)
            for channel in self._channels:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        except psycopg.OperationalError:
            self._retry_at = time.monotonic() + _RECONNECT_AFTER
            return
        self._connection = connection
        self._missed = True  # what was notified while nobody listened

    def wake(self) -> None:
        """Make the waiting thread return now, or its next wait; may be called from any thread."""
        with contextlib.suppress(BlockingIOError):  # full: it will wake
            os.write(self._waker, b"!")

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.close()
        os.close(self._woken)
        os.close(self._waker)


def postgres_channel(channel: str) -> str:
    """The channel's name in PostgreSQL, for `SELECT pg_notify` inside a transaction of one's own."""
    name = f"countersign:{channel}"
    if len(name.encode()) <= _LONGEST_NAME:
        return name
    return f"countersign:{hashlib.sha256(channel.encode()).hexdigest()[:32]}"


def _connect(conninfo: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        conninfo,
        autocommit=True,
        connect_timeout=5,
        application_name="countersign signals",
        keepalives_idle=10,
        keepalives_interval=5,
        keepalives_count=3,
    )
