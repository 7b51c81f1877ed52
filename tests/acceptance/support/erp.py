"""The practice ERP as a process of its own, and what it has."""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.acceptance.support.programs import Program


class Erp:
    """One practice ERP; it stays on its port when it is started again."""

    def __init__(self, folder: Path, port: int, environment: Mapping[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._arguments = ("sandbox-erp", "--port", str(port), "--database", str(folder / "erp.db"))
        self._environment = environment
        self.program = self._start()

    def _start(self) -> Program:
        return Program(self._arguments, self._environment)

    def ready(self) -> None:
        """Wait until it listens."""
        self.program.wait_for("listens on")

    def restart(self) -> None:
        """Kill it and start it again, with what it had stored."""
        self.program.kill()
        self.program = self._start()
        self.ready()

    def records(self, **wanted: str) -> list[dict[str, Any]]:
        """Every record, or those of a kind, key or code."""
        query = "&".join(f"{name}={value}" for name, value in wanted.items())
        with urllib.request.urlopen(f"{self.url}/records?{query}", timeout=30) as answer:
            found: list[dict[str, Any]] = json.load(answer)
        return found

    def codes(self, kind: str) -> Counter[str]:
        """How often each code is there."""
        return Counter(str(record["code"]) for record in self.records(kind=kind))

    def fault(self, mode: str, **more: Any) -> None:
        """From now on misbehave so."""
        body = json.dumps({"mode": mode, **more}).encode()
        request = urllib.request.Request(f"{self.url}/faults", data=body, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()

    def stats(self) -> dict[str, Any]:
        """What it has been asked since it was started."""
        with urllib.request.urlopen(f"{self.url}/stats", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def close(self) -> None:
        """End it."""
        self.program.kill()
