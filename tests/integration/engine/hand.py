"""A queue in the hand of a test: it delivers what it was given, and remembers what became of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.messages import Message
from engine.ports import Delivery, Publisher, Topology


@dataclass
class Hand:
    """Implements engine.ports.Bus and Consumer for one worker; sets `stop` once everything was delivered."""

    batches: list[list[Message]]
    stop: threading.Event = field(default_factory=threading.Event)
    opened: int = 0
    acked: list[Message] = field(default_factory=list)
    requeued: list[Message] = field(default_factory=list)
    given_up: list[Message] = field(default_factory=list)
    given_back: list[Message] = field(default_factory=list)  # by leaving without an acknowledgement
    waits: list[float] = field(default_factory=list)  # how long the worker was willing to wait for each batch
    _held: list[Message] = field(default_factory=list)

    def declare(self, topology: Topology) -> None:
        """There is one queue."""

    def consumer(self, queue: str, prefetch: int) -> Hand:
        """The queue itself."""
        self.opened += 1
        return self

    def publisher(self) -> Publisher:
        """Workers do not publish."""
        raise NotImplementedError

    def depth(self, queue: str) -> int:
        """How many messages were not yet delivered."""
        return sum(map(len, self.batches))

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """The next batch."""
        self.waits.append(wait)
        if not self.batches:
            self.stop.set()
            return []
        batch = self.batches.pop(0)
        self._held += batch
        return [Delivery(message, number) for number, message in enumerate(batch)]

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Their effects are committed."""
        self._settle(deliveries, self.acked)

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """They go back and count as delivered."""
        self._settle(deliveries, self.requeued)

    def dead_letter(self, deliveries: Sequence[Delivery]) -> None:
        """They are given up."""
        self._settle(deliveries, self.given_up)

    def _settle(self, deliveries: Sequence[Delivery], place: list[Message]) -> None:
        for delivery in deliveries:
            self._held.remove(delivery.message)
            place.append(delivery.message)

    def wake(self) -> None:
        """Nobody waits."""

    def close(self) -> None:
        """What is still held goes back."""
        self.given_back += self._held
        self._held = []
