"""One installation made of real processes: started, killed, started again, and asked by its command line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

from tests.acceptance.support.companies import company
from tests.acceptance.support.erp import Erp
from tests.acceptance.support.orders import Order, lines_of
from tests.acceptance.support.programs import Program, run
from tests.acceptance.support.waiting import eventually
from tools.services.found import free_ports

# Short enough for a test, and still longer than a busy machine's pauses.
QUICK = {
    "COUNTERSIGN_CONNECTOR_TIMEOUT": "4s",
    "COUNTERSIGN_SETTLE_TIME": "5s",
    "COUNTERSIGN_LEASE": "15s",
    "COUNTERSIGN_RETRY_DELAYS": "200ms,500ms,1s,2s,5s,10s",
    "COUNTERSIGN_BREAKER_PAUSE": "500ms",
    "COUNTERSIGN_FAILURE_MAIL_WINDOW": "1s",
}
EMBEDDED_GROUPS = ("engine", "relay,scheduler,dead-letters,notifier,connectors")


def environment_of(folder: Path, database: str | None = None, broker: str | None = None) -> dict[str, str]:
    """An environment with nothing of the surrounding one's settings."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    (port,) = free_ports(1)
    found |= QUICK | {
        "COUNTERSIGN_DATA_DIR": str(folder),
        "COUNTERSIGN_CONSOLE_URL": f"http://127.0.0.1:{port}",
    }
    if database is not None:
        found["COUNTERSIGN_DATABASE_URL"] = database
    if broker is not None:
        found["COUNTERSIGN_BROKER_URL"] = broker
    return found


class Site:
    """An installation with a practice ERP and the company acme."""

    def __init__(self, folder: Path, database: str | None = None, broker: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.broker = broker
        self.environment = environment_of(folder, database, broker)
        self.programs: dict[str, Program] = {}
        self._killed: list[Program] = []
        self._erp: Erp | None = None

    @property
    def erp(self) -> Erp:
        """Its practice ERP."""
        if self._erp is None:
            (port,) = free_ports(1)
            self._erp = Erp(self.folder, port, self.environment)
            self._erp.ready()
        return self._erp

    def prepare(self, configuration: str | None = None) -> None:
        """Create everything; without a configuration, the company acme and its ERP."""
        self.command("init")
        self.apply(configuration or company("acme", self.erp.url))

    def apply(self, configuration: str) -> None:
        """Let companies become what a text says."""
        path = self.folder / "company.toml"
        path.write_text(configuration, encoding="utf-8")
        self.command("apply", str(path))

    def start(self, *groups: str) -> None:
        """Start a process for each group of roles, and wait until all of them work."""
        for group in groups:
            self.programs[group] = Program(["serve", *group.split(" ")], self.environment)
        for group in groups:
            self.programs[group].wait_for("serve.ready")

    def up(self) -> Program:
        """Start everything with one command."""
        program = self.programs["up"] = Program(["up"], self.environment)
        program.wait_for("Countersign runs")
        return program

    def kill(self, group: str) -> None:
        """`kill -9`."""
        program = self.programs.pop(group)
        program.kill()
        self._killed.append(program)

    def restart(self, group: str) -> None:
        """`kill -9`, and start it again without waiting for anything."""
        self.kill(group)
        self.programs[group] = Program(["serve", *group.split(" ")], self.environment)

    def command(
        self, *arguments: str, given: str | None = None, code: int | None = 0, **settings: str
    ) -> CompletedProcess[str]:
        """Run one command of the command line; fails where it ends with another code."""
        done = run(arguments, self.environment | settings, given=given)
        told = f"{' '.join(arguments)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert code is None or done.returncode == code, told
        return done

    def ask(self, *arguments: str) -> Any:
        """What a command shows to programs."""
        return json.loads(self.command(*arguments, "--json").stdout)

    def send(self, orders: Iterable[Order]) -> None:
        """Queue commands."""
        self.command("send", "-", given=lines_of(orders))

    def item(self, key: str) -> dict[str, Any]:
        """One item with its history."""
        found: dict[str, Any] = self.ask("show", key)
        return found

    def states(self) -> dict[str, str]:
        """The state of every item."""
        return {item["key"]: item["state"] for item in self.ask("items", "--limit", "100000")}

    def until_states(self, wanted: Mapping[str, str], timeout: float) -> None:
        """Wait until these items are in these states."""

        def wrong() -> dict[str, str | None]:
            seen = self.states()
            return {key: seen.get(key) for key, state in wanted.items() if seen.get(key) != state}

        last: list[dict[str, str | None]] = []

        def look() -> bool:
            last[:] = [wrong()]
            return not last[0]

        try:
            eventually(look, timeout, "every item where it should be")
        except AssertionError as error:
            error.add_note(
                f"{len(last[0])} items are elsewhere: {dict(list(last[0].items())[:5])}\n{self.told()}"
            )
            raise

    def mails(self) -> list[Path]:
        """Every mail that left."""
        return sorted((self.folder / "mail").glob("*.eml"))

    def told(self, most: int = 3000) -> str:
        """The newest lines of every process."""
        return "\n".join(f"--- {name}\n{program.text[-most:]}" for name, program in self.programs.items())

    def tracebacks(self) -> list[str]:
        """What any process has said that no process should ever say."""
        texts = [program.text for program in (*self._killed, *self.programs.values())]
        return [text[-4000:] for text in texts if "Traceback" in text]

    def close(self) -> None:
        """End everything."""
        for program in self.programs.values():
            program.kill()
        if self._erp is not None:
            self._erp.close()
