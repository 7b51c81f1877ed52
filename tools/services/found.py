"""Asks whether a database or a broker answers at an address."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import pika
import psycopg
from pika.exceptions import AMQPError

LOCAL_DATABASE = "postgresql://postgres@127.0.0.1:5432/postgres"
LOCAL_BROKER = "amqp://guest:guest@127.0.0.1:5672/%2F"

_PATIENCE = 5  # seconds for one connection
_PAUSE = 0.2  # seconds between two looks


def database_answers(url: str) -> bool:
    """Say whether a PostgreSQL accepts a connection at this address."""
    try:
        psycopg.connect(url, connect_timeout=_PATIENCE).close()
    except psycopg.Error:
        return False
    return True


def broker_answers(url: str) -> bool:
    """Say whether a RabbitMQ accepts a connection at this address."""
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = _PATIENCE
    try:
        pika.BlockingConnection(parameters).close()
    except (AMQPError, OSError):
        return False
    return True


def port_is_open(port: int) -> bool:
    """Say whether anybody listens on this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE).close()
    except OSError:
        return False
    return True


def wait_until(answers: Callable[[], bool], *, alive: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until it answers; give up when the process has ended or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and alive():
        if answers():
            return True
        time.sleep(_PAUSE)
    return False


def free_ports(count: int) -> list[int]:
    """Return so many different TCP ports of this machine that nobody listens on."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()
