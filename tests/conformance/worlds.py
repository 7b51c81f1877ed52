"""A broker of each kind for a test, and how another process comes to the same one."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from engine.bus.embedded import EmbeddedBus
from engine.bus.embedded_tables import QUEUE_METADATA
from engine.bus.rabbitmq import RabbitBus
from engine.bus.signal import LocalSignals, PostgresSignals
from engine.ports import Bus, Consumer, Outgoing, Publisher, Queue, Topology
from engine.store.database import Database

INBOX = "test.inbox"  # the exchange that everything is published to
DEAD = "test.dead"
WORK = "test.work"
SINGLE = "test.single"  # with a single active consumer
GRAVES = "test.graves"  # the dead letters
REPLIES = "test.replies"
LIMIT = 2

TOPOLOGY = Topology(
    exchanges=(DEAD, INBOX),
    queues=(
        Queue(GRAVES, ((DEAD, "#"),), delivery_limit=2**31 - 1),
        Queue(WORK, ((INBOX, "work.*"),), delivery_limit=LIMIT, dead_exchange=DEAD),
        Queue(SINGLE, ((INBOX, "single.#"),), single_active_consumer=True, dead_exchange=DEAD),
        Queue(REPLIES, ()),
    ),
)


@dataclass
class World:
    """One broker, as many processes as needed; everything opened here is closed with it."""

    kind: str
    url: str
    directory: Path
    open_bus: Callable[[], Bus]
    lost_bus: Callable[[], Bus]
    _closing: list[Callable[[], None]] = field(default_factory=list)

    def bus(self) -> Bus:
        """The broker as one more process sees it."""
        bus = self.open_bus()
        self._closing.append(bus.close)
        return bus

    def consumer(self, queue: str, prefetch: int = 1000) -> Consumer:
        """A consumer in a process of its own."""
        consumer = self.bus().consumer(queue, prefetch)
        self._closing.append(consumer.close)
        return consumer

    def publisher(self) -> Publisher:
        """A publisher in a process of its own."""
        publisher = self.bus().publisher()
        self._closing.append(publisher.close)
        return publisher

    def process(self, *words: str) -> subprocess.Popen[str]:
        """A real other process: `tests.conformance.other_process` says what it can do."""
        settings = json.dumps([self.kind, self.url, str(self.directory)])
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.conformance.other_process", settings, *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        self._closing.append(lambda: _end(process))
        return process

    def close(self) -> None:
        """Close what is open, the last first."""
        for close in reversed(self._closing):
            close()


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def rabbitmq(url: str, directory: Path, closed_port: int) -> World:
    """RabbitMQ in a virtual host of its own."""
    away = f"amqp://guest:secret@127.0.0.1:{closed_port}/"
    return World("rabbitmq", url, directory, lambda: RabbitBus(url), lambda: RabbitBus(away))


def embedded(url: str, directory: Path, lost_url: str) -> World:
    """The durable queue in a new database."""
    database = Database(url)
    QUEUE_METADATA.create_all(database.engine)
    database.close()
    world = World("embedded", url, directory, lambda: world_bus(url), lambda: world_bus(lost_url))

    def world_bus(address: str) -> EmbeddedBus:
        opened = Database(address)
        signals = PostgresSignals(address) if opened.is_postgresql else LocalSignals(directory)
        world._closing += [opened.close, signals.close]
        return EmbeddedBus(opened.write, opened.read, signals)

    return world


def outgoing(
    number: str, routing_key: str = "work.one", *, mandatory: bool = True, exchange: str = INBOX
) -> Outgoing:
    """A message that says its number."""
    return Outgoing(exchange, routing_key, number.encode(), f"id-{number}", mandatory=mandatory)
