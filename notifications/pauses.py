"""Pauses that grow while a service is away."""

import threading
from datetime import timedelta
from typing import Final

_FIRST_S: Final = 0.5


class Pauses:
    """Waits longer after each failure, and begins anew after a success; a stop ends every wait."""

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest.total_seconds()
        self._next = min(_FIRST_S, self._longest)

    def wait(self, stop: threading.Event) -> None:
        """Wait for the next, longer pause."""
        stop.wait(self._next)
        self._next = min(self._next * 2, self._longest)

    def reset(self) -> None:
        """The service is there again."""
        self._next = min(_FIRST_S, self._longest)
