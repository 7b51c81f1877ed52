"""What the engine needs from the outside: a bus, a clock. Each port has a real adapter and a shipped fake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from engine.messages import Message


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on its way out; `mandatory` means that a queue must take it.

    `exchange` is empty for a reply: `routing_key` then is the queue's name.
    """

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    content_type: str = "application/cloudevents+json"
    mandatory: bool = False
    correlation_id: str | None = None
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message taken from a queue and not yet acknowledged."""

    message: Message
    tag: Any  # the adapter's own handle
    earlier: int = 0  # how often it was delivered before; 3 and more runs alone
    routing_key: str = ""
    reason: str | None = None  # why the broker dead-lettered it, on the queue of dead letters
    queue: str | None = None  # the queue it was dead-lettered from, on the queue of dead letters


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue, its bindings (exchange, pattern) and how it is consumed."""

    name: str
    bindings: tuple[tuple[str, str], ...]
    single_active_consumer: bool = False
    delivery_limit: int = 100
    dead_exchange: str | None = None


@dataclass(frozen=True, slots=True)
class Topology:
    """Every name that has to exist on a bus; exchanges are topic exchanges."""

    exchanges: tuple[str, ...]
    queues: tuple[Queue, ...]


class Consumer(Protocol):
    """One consumer of one queue. Everything raises BusUnavailable when the broker is away."""

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """Take up to `limit` messages; wait at most `wait` seconds for the first, not for more."""

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these messages' effects are committed."""

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Put these messages back in their place; each counts as delivered once more."""

    def dead_letter(self, deliveries: Sequence[Delivery]) -> None:
        """Give these messages up: they go to the queue of dead letters."""

    def wake(self) -> None:
        """Make a waiting `receive` return now; may be called from any thread."""

    def close(self) -> None:
        """Give back what is not acknowledged and leave."""


class Publisher(Protocol):
    """One publisher; used by one thread."""

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish in order and wait until all are confirmed.

        Returns for each message whether it is safe: confirmed and, where mandatory, routed. Raises BusUnavailable
        when the broker is away or a confirm failed to come: then any of them may or may not have arrived.
        """

    def close(self) -> None:
        """Leave."""


class Bus(Protocol):
    """A broker, or the durable queue in the database."""

    def declare(self, topology: Topology) -> None:
        """Create what is missing; what exists stays as it is."""

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        """Begin to consume a declared queue."""

    def publisher(self) -> Publisher:
        """Begin to publish."""

    def depth(self, queue: str) -> int:
        """How many messages wait in a queue."""

    def close(self) -> None:
        """Leave."""


class Clock(Protocol):
    """The time of day; a test may set it."""

    def now(self) -> datetime:
        """The time now, in UTC."""
