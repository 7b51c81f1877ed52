"""One installation in a folder of its own, used only through the command line."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.wiring import site
from engine.ports import Outgoing
from engine.topology import COMMANDS

PATIENCE = 60  # seconds; a slow machine is no failure

ACME = """
[company.acme]
name = "Acme Builders"

[company.acme.integration]
connector = "sandbox"
url = "{erp}"

[[company.acme.people]]
email = "pm@acme.test"
name = "Pam Sender"
tools = "admin"

[[company.acme.people]]
email = "pat@acme.test"
name = "Pat Ledger"
erp = "admin"
can_push_to_accounting = true
"""


class Output:
    """The lines that a process prints, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for the last line."""
        self._reader.join()

    def wait_for(self, pattern: str, times: int = 1) -> str:
        """The line that matches for the given time; fails if the process ends without it."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._count(pattern) >= times, PATIENCE)
            assert self._count(pattern) >= times, f"no {pattern!r} in:\n" + "\n".join(self.lines)
            return [line for line in self.lines if re.search(pattern, line)][times - 1]

    def _count(self, pattern: str) -> int:
        return sum(re.search(pattern, line) is not None for line in self.lines)


@dataclass(slots=True)
class Installation:
    """Runs `countersign` with this folder as its data directory."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    @property
    def _environment(self) -> dict[str, str]:
        """The surroundings without anybody else's settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
        return (
            inherited | {"COUNTERSIGN_DATA_DIR": str(self.folder), "COLUMNS": "200"} | dict(self.environment)
        )

    def run(self, *arguments: str, given: str | bytes | None = None) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        content = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            _command(*arguments),
            input=content,
            capture_output=True,
            env=self._environment,
            timeout=PATIENCE,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    @property
    def python(self) -> list[str]:
        """The interpreter that everything runs with."""
        return [sys.executable]

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command with its output in pipes."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            _command(*arguments), stdout=pipe, stderr=pipe, env=self._environment, text=True
        )

    def ok(self, *arguments: str, given: str | bytes | None = None) -> str:
        """Run one command that has to succeed; returns what it prints."""
        done = self.run(*arguments, given=given)
        assert done.returncode == 0, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What a command prints with `--json`."""
        return json.loads(self.ok(*arguments, "--json"))

    def set_up(self) -> None:
        """Create everything, with one company."""
        self.ok("init")
        self.apply("http://127.0.0.1:9")

    def apply(self, erp: str) -> None:
        """One company with its ERP at an address."""
        path = self.folder / "acme.toml"
        path.write_text(ACME.format(erp=erp))
        self.ok("apply", str(path))

    @contextmanager
    def started(self, *arguments: str, ends: int = signal.SIGTERM, code: int = 0) -> Iterator[Output]:
        """Run one command in the background; it has to end by itself when it is told to."""
        process = subprocess.Popen(
            _command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._environment,
            text=True,
        )
        output = Output(process)
        try:
            yield output
        finally:
            if process.poll() is None:
                process.send_signal(ends)
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            finally:
                output.close()
        assert process.returncode == code, "\n".join(output.lines)

    @contextmanager
    def served(self, roles: str = "engine,relay") -> Iterator[Output]:
        """Roles in the background, ready."""
        with self.started("serve", roles) as output:
            output.wait_for("serve.ready")
            yield output

    def command(
        self, name: str, key: str, actor: str, data: Mapping[str, Any], **more: Any
    ) -> dict[str, Any]:
        """A command as an upstream tool writes it."""
        return {
            "specversion": "1.0",
            "id": f"c-{next(self._numbers)}",
            "source": "/procore",
            "type": f"countersign.command.{name}.v1",
            "subject": key,
            "actor": actor,
            "data": dict(data),
        } | more

    def project(self, number: str, **more: Any) -> dict[str, Any]:
        """A project, sent."""
        data = {"title": f"Project {number}", "payload": {"name": f"Tower {number}"}}
        return self.command("send", f"acme/project/{number}", "pm@acme.test", data, **more)

    def report(self, key: str, attempt: int, outcome: str, **data: Any) -> dict[str, Any]:
        """What the connector says of an attempt."""
        answer = {"export": f"{key}@1", "attempt": attempt, "outcome": outcome} | data
        return self.command(
            "report_export", key, "connector:sandbox", answer, source="/countersign/connector/sandbox"
        )

    @staticmethod
    def wait_gone(process: int) -> None:
        """Wait until a process that is not our child has ended."""
        try:
            handle = os.pidfd_open(process)
        except ProcessLookupError:
            return
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        ended = poll.poll(PATIENCE * 1000)
        os.close(handle)
        assert ended, f"process {process} still runs"

    def publish(self, body: bytes) -> None:
        """Put any bytes into the queue of commands."""
        environment = self._environment
        with site(environment) as here, closing(here.bus.publisher()) as publisher:
            assert publisher.publish([Outgoing(COMMANDS, "send.project", body, "any")]) == [True]

    def send(self, *commands: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
        """Send commands and wait for their outcomes."""
        return self.run("send", "-", "--wait", "--json", given=json.dumps(commands))


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "console.main", *arguments]
