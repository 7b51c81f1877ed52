"""The program's own processes, started as an operator starts them, and what they use."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import psycopg

from bench import usage
from bench.place import Place
from bench.usage import Usage

ROLES: Final[Mapping[str, Sequence[str]]] = {
    "engine": ("engine",),
    "relay": ("relay",),
    "connector": ("connector", "sandbox"),
    "scheduler": ("scheduler",),
}
SERVE: Final = (sys.executable, "-m", "console.main", "serve")
_LEAVING: Final = 20.0  # seconds
_BACKENDS: Final = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(slots=True)
class Crew:
    """The running processes by name."""

    place: Place
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    broker: int | None = None

    def usage(self) -> dict[str, Usage]:
        """What each has used so far; servers only where they run on this machine."""
        self.raise_if_ended()
        found = {name: usage.of(process.pid) for name, process in self.processes.items()}
        found["benchmark"] = usage.of(os.getpid())
        if self.place.site.database.is_postgresql:
            found["postgresql"] = usage.of_all(_backends(self.place.database_url))
        if self.broker is not None:
            found["rabbitmq"] = usage.of(self.broker)
        return found

    def raise_if_ended(self) -> None:
        """A process that has ended by itself makes every figure worthless."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended with exit code {process.returncode}")


@contextmanager
def crew(place: Place, roles: Sequence[str] = tuple(ROLES)) -> Iterator[Crew]:
    """Start these roles, each as a process of its own; stop them at the end."""
    found = Crew(place, broker=place.broker_process())
    environment = {**os.environ, **place.environment}
    try:
        for role in roles:
            found.processes[role] = subprocess.Popen([*SERVE, *ROLES[role]], env=environment)
        yield found
    finally:
        for process in found.processes.values():
            process.terminate()
        for process in found.processes.values():
            _wait(process)


@contextmanager
def erp_stub() -> Iterator[str]:
    """An ERP that answers at once; yields its address."""
    process = subprocess.Popen([sys.executable, "-m", "bench.erp"], stdout=subprocess.PIPE, text=True)
    try:
        yield _first_line(process)
    finally:
        process.terminate()
        process.wait(_LEAVING)


def _first_line(process: "subprocess.Popen[str]") -> str:
    if process.stdout is None or not (line := process.stdout.readline()):
        raise RuntimeError("the ERP did not start")
    return line.strip()


def _wait(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(_LEAVING)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _backends(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(_BACKENDS) if row[0] != connection.info.backend_pid]
