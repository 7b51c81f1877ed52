"""Wake-ups between threads and processes, so that nobody has to poll."""

from collections.abc import Iterable
from typing import Protocol

from engine.bus.local_signals import LocalSignals
from engine.bus.postgres_signals import PostgresSignals

__all__ = ["Listener", "LocalSignals", "PostgresSignals", "Signals"]


class Listener(Protocol):
    """Hears what is notified from the moment it was made; waited on by one thread."""

    def wait(self, timeout: float) -> bool:
        """Return at once when something was notified since the last wait; False when the time is over."""

    def wake(self) -> None:
        """Make the waiting thread return now, or its next wait; may be called from any thread."""

    def close(self) -> None:
        """Stop listening."""


class Signals(Protocol):
    """Hints that something changed on a channel. One may be lost, so listeners also look by themselves."""

    def notify(self, channel: str) -> None:
        """Wake every listener of the channel, in whatever process it waits."""

    def listener(self, channels: Iterable[str]) -> Listener:
        """Begin to listen on these channels."""

    def close(self) -> None:
        """Leave."""
