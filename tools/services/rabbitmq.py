"""Starts a private RabbitMQ node in a temporary folder and takes it away again."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.services.errors import ServiceMissingError
from tools.services.found import broker_answers, free_ports, port_is_open, wait_until

_START_SECONDS = 90
_STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class PrivateBroker:
    """A running node: its address, and the command that administers it."""

    url: str
    control: Path


@contextmanager
def private_rabbitmq(programs: Path) -> Iterator[PrivateBroker]:
    """Run a RabbitMQ node of our own for the length of the block."""
    folder = Path(tempfile.mkdtemp(prefix="countersign-rabbitmq-"))
    port, distribution_port, mapper_port = free_ports(3)
    own = _settings(folder, port, distribution_port, mapper_port)
    environment = os.environ | own
    try:
        with _port_mapper(mapper_port), _server(folder, programs, environment) as server:
            url = f"amqp://guest:guest@127.0.0.1:{port}/%2F"
            if not wait_until(
                lambda: broker_answers(url), alive=lambda: server.poll() is None, seconds=_START_SECONDS
            ):
                raise ServiceMissingError(f"A private RabbitMQ did not start:\n{_last_words(folder)}")
            yield PrivateBroker(url, _control_command(folder, programs, own))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path, port: int, distribution_port: int, mapper_port: int) -> dict[str, str]:
    """Everything that keeps the node apart from one that the machine may already run."""
    plugins, config = folder / "enabled_plugins", folder / "rabbitmq.conf"
    plugins.write_text("[].\n", encoding="utf-8")
    config.write_text("disk_free_limit.absolute = 50MB\nloopback_users.guest = true\n", encoding="utf-8")
    return {
        "HOME": str(folder),  # where Erlang keeps the cookie
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"countersign-{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_CONFIG_FILE": str(config),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
    }


def _control_command(folder: Path, programs: Path, own: Mapping[str, str]) -> Path:
    """Write a rabbitmqctl that speaks to this node and no other."""
    command = folder / "rabbitmqctl"
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in own.items())
    program = shlex.quote(str(programs / "rabbitmqctl"))
    command.write_text(f'#!/bin/sh\n{exports}exec {program} "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return command


@contextmanager
def _port_mapper(port: int) -> Iterator[None]:
    """Run Erlang's port mapper; one that the node starts by itself can come too late, and stays behind."""
    program = shutil.which("epmd")
    if program is None:
        yield
        return
    quiet = subprocess.DEVNULL
    command = [program, "-port", str(port), "-address", "127.0.0.1"]
    mapper = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        wait_until(lambda: port_is_open(port), alive=lambda: mapper.poll() is None, seconds=_STOP_SECONDS)
        yield
    finally:
        mapper.terminate()
        mapper.wait()


@contextmanager
def _server(
    folder: Path, programs: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            [programs / "rabbitmq-server"],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its Erlang machine is a grandchild: the group is stopped as a whole
        )
    try:
        yield server
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is not None:
        return
    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _last_words(folder: Path) -> str:
    return (folder / "output").read_text(encoding="utf-8", errors="replace")[-2000:]
