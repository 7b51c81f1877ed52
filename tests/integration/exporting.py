"""An engine without threads of its own, for tests of the connector worker: commands in, reports out."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.sandbox import CONNECTOR
from engine import times
from engine.bus.embedded import EmbeddedBus
from engine.bus.rabbitmq import RabbitBus
from engine.bus.signal import LocalSignals, PostgresSignals
from engine.directory import Directory
from engine.exporter import Exporter
from engine.exporting.calls import Patience
from engine.facts import Company, Export, Integration, Item, Person
from engine.messages import Message, dump, envelope
from engine.ports import Bus, Consumer, Delivery
from engine.ports_export import ExportPort
from engine.relay import Relay
from engine.retrying import Delays
from engine.scheduler import Scheduler
from engine.service.batch import Rules, handle
from engine.service.release import release
from engine.store import directory, schema
from engine.store.bulk import run
from engine.store.database import Database
from engine.store.ledger import StoreLedger
from engine.store.rows import export as export_of
from engine.store.rows import item as item_of
from engine.topology import COMMANDS, topology
from workflows import item_types

LONGEST_WAIT = 20.0  # seconds for what happens in another thread
PAT = Person(
    "pat@acme.test", "Pat", erp="admin", can_push_to_accounting=True, tools={"*": "admin"}, directory="admin"
)
COST_CODES: dict[str, Any] = {
    "project": "P-17",
    "codes": [{"code": "03-300", "description": "Concrete", "categories": ["Material"]}],
}
COMMITMENT: dict[str, Any] = {
    "project": "P-17",
    "kind": "subcontract",
    "status": "approved",
    "number": "SC-1",
    "title": "Foundations",
    "vendor": "V-1",
    "lines": [
        {
            "number": "1",
            "cost_code": "03-300",
            "category": "Material",
            "description": "Concrete",
            "amount": "10.00",
        }
    ],
}


@dataclass
class HandClock:
    """Stands still until a test moves it."""

    at: datetime = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Yard:
    """A database, a bus, and companies whose ERPs are given."""

    database: Database
    bus: Bus
    signals: Any
    clock: HandClock = field(default_factory=HandClock)
    delays: Delays = field(default_factory=lambda: Delays(settle=30.0, claim=15.0))
    connector: ExportPort = CONNECTOR
    reporting: bool = True  # whether reports are taken here
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        schema.upgrade(self.database)
        self.rules = Rules(item_types(), self.delays)
        self.bus.declare(topology([self.connector.name]))
        self._relay = Relay(self.bus, self.database, self.signals, lambda: [self.connector.name])
        self._publisher = self.bus.publisher()
        self._reports = self.bus.consumer(COMMANDS, 5000) if self.reporting else None

    def company(self, slug: str, profile: Mapping[str, Any] | None = None, **settings: Any) -> None:
        """Set a company up with the connector."""
        integration = Integration(self.connector.name, settings, profile or {})
        found = Directory(
            {slug: Company(slug, slug.title(), integration=integration)}, {slug: {PAT.email: PAT}}
        )
        with self.database.write() as connection:
            directory.write(connection, found, self.now())

    def now(self) -> str:
        return times.text(self.clock.now())

    def say(self, *commands: tuple[str, str, dict[str, Any]], actor: str = PAT.email) -> list[str]:
        """Decide (name, subject, data) commands in one batch, publish what they announce; the states."""
        messages = []
        for name, subject, data in commands:
            number = str(next(self._numbers))
            type_ = f"countersign.command.{name}.v1"
            event = envelope(type_, subject, data, id_=number, time=self.now(), source="/test", actor=actor)
            messages.append(Message(dump(event).encode()))
        self._decide(messages)
        return [self.item(subject).state for _, subject, _ in commands]

    def _decide(self, messages: Sequence[Message]) -> None:
        with self.database.write() as connection:
            handle(StoreLedger(connection, self.delays), messages, self.rules, self.now())
        while self._released():
            pass
        while self._relay.step(self._publisher):
            pass

    def _released(self) -> int:
        with self.database.write() as connection:
            return release(StoreLedger(connection, self.delays), self.rules, self.now())

    def accepted(self, *keys: str, payload: dict[str, Any] | None = None, fields: Any = None) -> None:
        """Send and accept items, so that their exports are requested."""
        self.say(*(("send", key, {"payload": payload or {"name": key}}) for key in keys))
        self.say(*(("accept", key, {"fields": fields} if fields else {}) for key in keys))

    def taken(self, count: int) -> list[dict[str, Any]]:
        """Wait for so many reports and return their data; the engine never sees them."""
        return [json.loads(each.message.body)["data"] for each in self._received(count)]

    def reports(self, count: int) -> list[dict[str, Any]]:
        """Wait for so many reports, let the engine decide them, and return their data."""
        deliveries = self._received(count)
        self._decide([each.message for each in deliveries])
        self._consumer.ack(deliveries)
        return [json.loads(each.message.body)["data"] for each in deliveries]

    @property
    def _consumer(self) -> Consumer:
        assert self._reports is not None
        return self._reports

    def _received(self, count: int) -> list[Delivery]:
        deliveries: list[Delivery] = []
        while len(deliveries) < count:
            found = self._consumer.receive(count - len(deliveries), LONGEST_WAIT)
            assert found, f"{len(deliveries)} of {count} reports came"
            deliveries += found
        return deliveries

    def item(self, key: str) -> Item:
        with self.database.read() as connection:
            found = run(connection, "SELECT * FROM items WHERE key = :key", key=key).mappings().one()
            return item_of(found)

    def export(self, key: str) -> Export:
        with self.database.read() as connection:
            found = run(connection, "SELECT * FROM exports WHERE key = :key", key=key).mappings().one()
            return export_of(found)

    def due(self, seconds: float = 0.0) -> None:
        """Let time pass and do what is due then."""
        self.clock.move(seconds)
        Scheduler(self.database, self.clock, self.delays, {self.connector.name}).step()
        while self._relay.step(self._publisher):
            pass

    def exporter(self, **more: Any) -> Exporter:
        """A connector worker that does not run yet."""
        options = {"patience": Patience(attempts=1), "monotonic": self.clock.seconds, **more}
        return Exporter(
            self.bus, self.database, self.connector, item_types(), self.clock, self.delays, **options
        )

    @contextmanager
    def working(self, **more: Any) -> Iterator[Exporter]:
        """A connector worker in a thread of its own."""
        exporter, stop = self.exporter(**more), threading.Event()
        thread = threading.Thread(target=exporter.run, args=(stop,))
        thread.start()
        try:
            yield exporter
        finally:
            stop.set()
            exporter.wake()
            thread.join(LONGEST_WAIT)
            assert not thread.is_alive()

    def exported(self, count: int, **more: Any) -> list[dict[str, Any]]:
        """Run a worker until so many reports are decided."""
        with self.working(**more):
            return self.reports(count)

    def close(self) -> None:
        self._consumer.close()
        self._publisher.close()
        self.bus.close()
        self.signals.close()
        self.database.close()


def embedded(url: str, folder: Path, *, reporting: bool = True) -> Yard:
    """A yard on the durable queue in the database."""
    database = Database(url)
    schema.upgrade(database)
    signals = PostgresSignals(url) if database.is_postgresql else LocalSignals(folder)
    return Yard(database, EmbeddedBus(database.write, database.read, signals), signals, reporting=reporting)


def with_rabbitmq(database_url: str, broker_url: str) -> Yard:
    """A yard on RabbitMQ and PostgreSQL."""
    return Yard(Database(database_url), RabbitBus(broker_url), PostgresSignals(database_url))


def ground(yard: Yard) -> None:
    """What a commitment needs: a project with its cost codes, and a vendor, all synced."""
    yard.accepted("acme/project/P-17", "acme/company/V-1")
    yard.exported(2)
    yard.accepted("acme/cost_codes/CC-1", payload=COST_CODES)
    yard.exported(1)
