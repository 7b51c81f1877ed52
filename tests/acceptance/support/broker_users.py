"""More users of the broker, each with a password of its own."""

from __future__ import annotations

import os
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from tests.services import BrokerServer

_PASSWORD = "practice"


def add_users(server: BrokerServer, url: str, *names: str) -> dict[str, str]:
    """The address of the same virtual host for each new user, by name; the users' names are this process' own."""
    host = urlsplit(url).path[1:] or "%2F"
    if not _evaluate(server, "".join(_add(_full(name), host) for name in names)):
        pytest.skip("needs RabbitMQ with rabbitmqctl, to add users")
    return {name: _address(url, _full(name)) for name in names}


def remove_users(server: BrokerServer, *names: str) -> None:
    """Remove them again."""
    _evaluate(
        server,
        "".join(
            f'rabbit_auth_backend_internal:delete_user(<<"{_full(name)}">>, <<"tests">>), ' for name in names
        ),
    )


def user_of(url: str) -> str:
    """The user that an address names."""
    return urlsplit(url).username or ""


def _full(name: str) -> str:
    return f"countersign-test-{name}-{os.getpid()}"


def _evaluate(server: BrokerServer, expressions: str) -> bool:
    return server.control is not None and server._evaluate(expressions)


def _add(user: str, host: str) -> str:
    host = host.replace("%2F", "/")
    everything = ", ".join(['<<".*">>'] * 3)
    internal = "rabbit_auth_backend_internal"
    return (
        f'{internal}:add_user(<<"{user}">>, <<"{_PASSWORD}">>, <<"tests">>), '
        f'{internal}:set_permissions(<<"{user}">>, <<"{host}">>, {everything}, <<"tests">>), '
    )


def _address(url: str, user: str) -> str:
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{_PASSWORD}@{where}"))
