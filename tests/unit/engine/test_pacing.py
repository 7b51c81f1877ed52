"""A loop answers at once when it was idle, and gathers for a moment under load."""

import threading
from collections.abc import Sequence

from engine.messages import Message
from engine.pacing import Pace
from engine.ports import Delivery


class Queue:
    """A consumer in hand: each `receive` gives the next of what it was made with."""

    def __init__(self, *batches: int) -> None:
        self.batches = list(batches)
        self.waits: list[float] = []

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """The next batch."""
        self.waits.append(wait)
        return [Delivery(Message(b""), tag) for tag in range(self.batches.pop(0))]

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Not used."""

    requeue = dead_letter = ack

    def wake(self) -> None:
        """Not used."""

    close = wake


def test_who_was_idle_answers_at_once() -> None:
    """One command on a quiet day waits for nobody."""
    queue = Queue(1, 7)
    assert len(Pace().receive(queue, 100, 1.0, threading.Event())) == 1
    assert queue.waits == [1.0]


def test_under_load_what_comes_within_a_moment_comes_along() -> None:
    """The second batch follows the first at once, so the third is taken with it."""
    queue, pace = Queue(1, 2, 3), Pace()
    pace.receive(queue, 100, 1.0, threading.Event())
    assert len(pace.receive(queue, 100, 1.0, threading.Event())) == 5
    assert queue.waits == [1.0, 1.0, 0.0]


def test_a_good_batch_is_not_held_up() -> None:
    """A quarter of what fits is enough."""
    queue, pace = Queue(25, 25, 1), Pace()
    pace.receive(queue, 100, 1.0, threading.Event())
    assert len(pace.receive(queue, 100, 1.0, threading.Event())) == 25
