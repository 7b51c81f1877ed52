"""The steps that the suite's tests are told in."""

import time
from collections.abc import Sequence

from engine.ports import Consumer, Delivery
from tests.conformance.worlds import World, outgoing

SOON = 20.0  # seconds after which a test gives up


def take(consumer: Consumer, number: int, timeout: float = SOON) -> list[Delivery]:
    """Receive exactly this many messages."""
    deadline = time.monotonic() + timeout
    taken: list[Delivery] = []
    while len(taken) < number:
        left = deadline - time.monotonic()
        assert left > 0, f"only {len(taken)} of {number} messages came"
        taken += consumer.receive(number - len(taken), left)
    return taken


def bodies(deliveries: Sequence[Delivery]) -> list[str]:
    """What the messages say."""
    return [delivery.message.body.decode() for delivery in deliveries]


def send(world: World, *numbers: str, routing_key: str = "work.one") -> None:
    """Publish these numbers."""
    assert all(world.publisher().publish([outgoing(number, routing_key) for number in numbers]))
