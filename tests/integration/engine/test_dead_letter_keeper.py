"""The keeper of dead letters, with messages that nobody should have to read."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.dead_letters import DeadLetterKeeper
from engine.errors import StoreUnavailable
from engine.messages import Message
from engine.ports import Bus, Consumer, Delivery, Publisher, Topology
from tests.books import Books

SOON = 20.0


class Unreadable:
    """A header's value that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("a bug of whoever wrote it")


@dataclass
class Queue:
    """A bus with one queue: what it hands out, and what is acknowledged or comes back."""

    waiting: list[Delivery]
    acked: list[Delivery] = field(default_factory=list)
    consumers: int = 0
    empty: threading.Event = field(default_factory=threading.Event)

    def consumer(self, queue: str, prefetch: int) -> Consumer:
        """Begin to consume; what was not acknowledged is there again."""
        self.consumers += 1
        return self

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """What is left."""
        found = [each for each in self.waiting if each not in self.acked][:limit]
        if not found:
            self.empty.wait(0.01)
            self.empty.set()
        return found

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """They are committed."""
        self.acked += deliveries

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Never here."""
        raise AssertionError("held in hand instead")

    def dead_letter(self, deliveries: Sequence[Delivery]) -> None:
        """Never here."""
        raise AssertionError("there is nowhere to go from here")

    def wake(self) -> None:
        """Nobody waits for long."""

    def declare(self, topology: Topology) -> None:
        """It is there."""

    def publisher(self) -> Publisher:
        """Never here."""
        raise AssertionError("nothing is published")

    def depth(self, queue: str) -> int:
        """How many wait."""
        return len(self.waiting) - len(self.acked)

    def close(self) -> None:
        """Nothing to give back."""


def given_up(body: bytes, tag: int, **headers: Any) -> Delivery:
    """A message that the broker gave up."""
    return Delivery(Message(body, headers=headers), tag, reason="rejected", queue="countersign.commands")


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Acme's books on each kind of database."""
    books = Books(request.getfixturevalue(request.param))
    yield books
    books.close()


def keep(books: Books, bus: Queue, failures: int = 0) -> None:
    """Run the keeper until the queue is empty; the database is away for as many first commits."""
    left = [StoreUnavailable("away")] * failures

    def committed() -> None:
        if left:
            raise left.pop()

    _checked: Bus = bus
    keeper = DeadLetterKeeper(_checked, books.database, books.clock, books.rules.delays, committed)
    stop = threading.Event()
    thread = threading.Thread(target=keeper.run, args=(stop,))
    thread.start()
    assert bus.empty.wait(SOON)
    stop.set()
    thread.join(SOON)
    assert not thread.is_alive()


def test_a_hostile_message_stops_neither_the_keeper_nor_its_neighbours(books: Books) -> None:
    """Of the one that cannot be kept as it came, what can be kept is kept."""
    bus = Queue(
        [
            given_up(b"before", 1),
            Delivery(Message(b"odd"), 2, reason="a\0b", queue="q\ud800"),
            given_up(b"guilty", 3, odd=Unreadable()),
            given_up(b"after", 4),
        ]
    )
    keep(books, bus)
    assert len(bus.acked) == 4
    kept = [(bytes(each["original"]), each["reason"], each["queue"]) for each in books.letters()]
    assert kept == [
        (b"before", "rejected", "countersign.commands"),
        (b"odd", "a\ufffdb", "q\ufffd"),
        (b"guilty", "unreadable", None),
        (b"after", "rejected", "countersign.commands"),
    ]


def test_while_the_database_is_away_messages_are_held_and_kept_once(books: Books) -> None:
    """Giving them back would only move them around; told twice, each is one dead letter with one event."""
    bus = Queue([given_up(b"one", 1), given_up(b"two", 2)])
    keep(books, bus, failures=3)
    assert (bus.consumers, len(bus.acked)) == (1, 2)
    assert [bytes(each["original"]) for each in books.letters()] == [b"one", b"two"]
    assert [each["type"] for each in books.bodies()] == ["countersign.dead_letter.added.v1"] * 2
