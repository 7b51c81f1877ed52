"""Gives each test a database and a broker of its own on the servers that the tests share."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

import pika
import psycopg
from psycopg import sql

from tools.services.found import LOCAL_BROKER, LOCAL_DATABASE, broker_answers, database_answers
from tools.services.provide import BROKER, CONTROL, DATABASE

_CHUNK = 8  # virtual hosts made by one call of rabbitmqctl: most of a call is the start of its own runtime

_QUEUES = ("commands", "dead-letters", "exports.sandbox", "notifications")
_EXCHANGES = ("commands", "events", "dead")


class UnavailableError(Exception):
    """The server that a test needs is not there; the message says what to do."""


def database_server() -> DatabaseServer:
    """Return the PostgreSQL of the environment, or the one on this machine."""
    return DatabaseServer(_address(DATABASE, LOCAL_DATABASE, database_answers))


def broker_server() -> BrokerServer:
    """Return the RabbitMQ of the environment, or the one on this machine."""
    url = _address(BROKER, LOCAL_BROKER, broker_answers)
    control = os.environ.get(CONTROL) or (shutil.which("rabbitmqctl") if url == LOCAL_BROKER else None)
    return BrokerServer(url, control)


@dataclass(slots=True)
class DatabaseServer:
    """Creates and drops databases on one PostgreSQL."""

    url: str
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def create(self, template: str | None = None) -> str:
        """Create an empty database, or a copy of another one, and return its address."""
        name = f"countersign_test_{os.getpid()}_{next(self._numbers)}"
        source = "template1" if template is None else _path(template)
        self._run("CREATE DATABASE {} TEMPLATE {}", name, source)
        return self.url.rpartition("/")[0] + "/" + name

    def drop(self, url: str) -> None:
        """Drop a database even if somebody is still connected to it."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", _path(url))

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@dataclass(slots=True)
class BrokerServer:
    """Hands out virtual hosts of one RabbitMQ; without rabbitmqctl, its default one, emptied."""

    url: str
    control: str | None
    _spare: list[str] = field(default_factory=list)
    _made: list[str] = field(default_factory=list)

    def fresh(self) -> str:
        """Return the address of a virtual host in which there is nothing of ours."""
        if self.control is not None and not self._spare:
            self._spare = self._add_hosts()
        if self._spare:
            return self.url.rpartition("/")[0] + "/" + quote(self._spare.pop(0), safe="")
        empty_virtual_host(self.url)
        return self.url

    def close(self) -> None:
        """Delete every virtual host that was made."""
        if self._made:
            self._evaluate(
                "".join(f'rabbit_vhost:delete(<<"{name}">>, <<"tests">>), ' for name in self._made)
            )

    def _add_hosts(self) -> list[str]:
        first = len(self._made)
        names = [f"countersign-test-{os.getpid()}-{first + number}" for number in range(_CHUNK)]
        user = f'<<"{pika.URLParameters(self.url).credentials.username}">>'
        if not self._evaluate("".join(_add_host(name, user) for name in names)):
            self.control = None
            return []
        self._made += names
        return names

    def _evaluate(self, expressions: str) -> bool:
        assert self.control is not None
        command = [self.control, "eval", f"{expressions} ok."]
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def empty_virtual_host(url: str) -> None:
    """Delete the program's own queues and exchanges."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        channel = connection.channel()
        for queue in _QUEUES:
            channel.queue_delete(f"countersign.{queue}")
        for exchange in _EXCHANGES:
            channel.exchange_delete(f"countersign.{exchange}")
    finally:
        connection.close()


def _address(variable: str, local: str, answers: Callable[[str], bool]) -> str:
    given = os.environ.get(variable)
    if given:
        return given
    missing = os.environ.get(f"{variable}_MISSING")
    if missing is None and answers(local):
        return local
    raise UnavailableError(missing or f"Nothing answers at {local}: run 'make test', or set {variable}.")


def _path(url: str) -> str:
    return url.rpartition("/")[2]


def _add_host(name: str, user: str) -> str:
    everything = ", ".join(['<<".*">>'] * 3)
    add = f'rabbit_vhost:add(<<"{name}">>, <<"tests">>)'
    grant = f'rabbit_auth_backend_internal:set_permissions({user}, <<"{name}">>, {everything}, <<"tests">>)'
    return f"{add}, {grant}, "
