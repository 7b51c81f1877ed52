"""A connector worker that kills itself before or after its first call, run as a process of its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from connectors.sandbox import CONNECTOR
from tests.integration import exporting


class Deadly:
    """The sandbox connector, and the end."""

    name, capabilities = CONNECTOR.name, CONNECTOR.capabilities

    def __init__(self, when: str) -> None:
        self._when = when

    def settle_seconds(self, settings: Any) -> float:
        return CONNECTOR.settle_seconds(settings)

    def open(self, settings: Any) -> Any:
        session: Any = CONNECTOR.open(settings)
        send = session.send

        def deadly(parcels: Sequence[Any]) -> Any:
            if self._when == "after":
                send(parcels)
            os.kill(os.getpid(), signal.SIGKILL)

        session.send = deadly
        return session


def main(url: str, folder: str, when: str) -> None:
    """Work until the first call."""
    yard = exporting.embedded(url, Path(folder), reporting=False)
    yard.connector = Deadly(when)
    yard.exporter().run(threading.Event())


if __name__ == "__main__":
    main(*sys.argv[1:])
