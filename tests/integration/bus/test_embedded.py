"""Leases of the embedded queue, which a test can see run out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.bus import embedded_leases
from engine.bus.embedded import EmbeddedBus
from engine.bus.embedded_tables import QUEUE_METADATA
from engine.bus.signal import LocalSignals
from engine.errors import BusUnavailable
from engine.ports import Outgoing, Queue, Topology
from engine.store.database import Database

NAMES = Topology(
    ("in", "dead"),
    (
        Queue("work", (("in", "#"),), delivery_limit=1, dead_exchange="dead"),
        Queue("alone", (("in", "#"),), single_active_consumer=True, dead_exchange="dead"),
        Queue("graves", (("dead", "#"),)),
        Queue("no-graves", (("in", "#"),), delivery_limit=1),
    ),
)


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 21, tzinfo=UTC)

    def now(self) -> datetime:
        """The time that was set."""
        return self.time


@pytest.fixture
def watch() -> Watch:
    """The time that all processes share."""
    return Watch()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """A database with the queue's tables."""
    database = Database(sqlite_url)
    QUEUE_METADATA.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def signals(tmp_path: Path) -> Iterator[LocalSignals]:
    """Wake-ups for this test."""
    signals = LocalSignals(tmp_path)
    yield signals
    signals.close()


@pytest.fixture
def bus(database: Database, signals: LocalSignals, watch: Watch) -> EmbeddedBus:
    """A bus that goes by the test's clock."""
    bus = EmbeddedBus(database.write, database.read, signals, watch)
    bus.declare(NAMES)
    bus.publisher().publish([Outgoing("in", "a", b"1", "1")])
    return bus


@pytest.mark.parametrize("queue", ["work", "alone"])
def test_what_a_silent_consumer_held_goes_to_another(bus: EmbeddedBus, watch: Watch, queue: str) -> None:
    """Its late acknowledgement takes nothing from the new owner."""
    silent, other = bus.consumer(queue, 10), bus.consumer(queue, 10)
    held = silent.receive(1, 0)
    assert other.receive(1, 0) == []
    watch.time += timedelta(seconds=embedded_leases.LEASE + 1)

    (again,) = other.receive(1, 0)
    silent.ack(held)
    silent.close()

    assert again.earlier == 1
    other.requeue([again])
    other.close()
    assert bus.depth("graves") == (1 if queue == "work" else 0)


def test_a_consumer_that_renews_keeps_what_it_holds(
    bus: EmbeddedBus, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long its caller works."""
    monkeypatch.setattr(embedded_leases, "RENEWAL", 0.01)
    slow, other = bus.consumer("work", 10), bus.consumer("work", 10)
    held = slow.receive(1, 0)
    for _ in range(5):
        watch.time += timedelta(seconds=embedded_leases.LEASE - 1)
        assert other.receive(1, 0.1) == []

    slow.ack(held)
    slow.close()
    other.close()
    assert bus.depth("work") == 0


def test_a_consumer_learns_that_others_were_given_what_it_held(
    bus: EmbeddedBus, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has to begin anew, as after a lost connection."""
    monkeypatch.setattr(embedded_leases, "RENEWAL", 0.2)
    silent, other = bus.consumer("work", 10), bus.consumer("work", 10)
    silent.receive(1, 0)
    watch.time += timedelta(seconds=embedded_leases.LEASE + 1)
    assert other.receive(1, 0)

    with pytest.raises(BusUnavailable, match="silent for too long"):
        silent.receive(1, 20.0)
    silent.close()
    other.close()


def test_without_a_dead_exchange_nothing_is_dropped(bus: EmbeddedBus) -> None:
    """The message comes again, however often it came back."""
    consumer = bus.consumer("no-graves", 10)
    for earlier in range(5):
        (delivery,) = consumer.receive(1, 0)
        assert delivery.earlier == earlier
        consumer.requeue([delivery])
    with pytest.raises(ValueError, match="no dead exchange"):
        consumer.dead_letter(consumer.receive(1, 0))
    consumer.close()


def test_a_requeued_message_comes_before_later_ones(bus: EmbeddedBus) -> None:
    """It goes back to its place."""
    bus.publisher().publish([Outgoing("in", "a", number, "x") for number in (b"2", b"3")])
    consumer = bus.consumer("alone", 10)
    consumer.requeue(consumer.receive(1, 0))

    assert [delivery.message.body for delivery in consumer.receive(10, 0)] == [b"1", b"2", b"3"]
    consumer.close()


def test_missing_tables_are_told_as_such(sqlite_url: str, signals: LocalSignals) -> None:
    """With the command that makes them."""
    database = Database(sqlite_url)
    bus = EmbeddedBus(database.write, database.read, signals)
    with pytest.raises(Exception, match="countersign init"):
        bus.declare(NAMES)
    database.close()
