"""Acme Builders: its people and items in a real database, and a queue in memory for the events."""

import json
import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from engine import times
from engine.errors import BusUnavailable
from engine.messages import Message
from engine.ports import Delivery, Publisher, Topology
from engine.store.database import Database
from engine.store.tables import METADATA, companies, event_log, items, mail, people
from notifications.letters import Mailer
from notifications.listener import Listener
from notifications.mailers import EmlMailer
from notifications.options import Options
from notifications.sender import Sender
from tests.unit.notifications.examples import NOW, SENDER, WORDS

OPTIONS = Options(SENDER, WORDS, look=timedelta(milliseconds=20), longest_pause=timedelta(milliseconds=50))


class SetClock:
    """A clock that a test sets."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        """The time that was set."""
        return self.at


class MemoryQueue:
    """The notifier's queue; it can go away, and says when everything is acknowledged."""

    def __init__(self) -> None:
        self.ready: deque[Delivery] = deque()
        self.acked: list[Delivery] = []
        self.dead: list[Delivery] = []
        self.failures = 0  # so many acknowledgements are lost
        self.changed = threading.Condition()
        self._taken: list[Delivery] = []

    def put(self, *messages: Message) -> None:
        """Events arrive."""
        with self.changed:
            self.ready.extend(Delivery(message, object()) for message in messages)
            self.changed.notify_all()

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """See the port."""
        with self.changed:
            self.changed.wait_for(lambda: bool(self.ready), wait)
            found = [self.ready.popleft() for _ in range(min(limit, len(self.ready)))]
            self._taken += found
            return found

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """See the port."""
        with self.changed:
            if self.failures:
                self.failures -= 1
                raise BusUnavailable("the broker is away")
            self.acked += deliveries
            self._taken = [each for each in self._taken if each not in deliveries]
            self.changed.notify_all()

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """See the port."""
        self.ready.extend(deliveries)

    def dead_letter(self, deliveries: Sequence[Delivery]) -> None:
        """See the port."""
        with self.changed:
            self.dead += deliveries
            self._taken = [each for each in self._taken if each not in deliveries]
            self.changed.notify_all()

    def wake(self) -> None:
        """See the port."""

    def close(self) -> None:
        """What is not acknowledged comes again."""
        with self.changed:
            self.ready.extendleft(reversed(self._taken))
            self._taken = []


class MemoryBus:
    """A bus of that one queue."""

    def __init__(self, queue: MemoryQueue) -> None:
        self.queue = queue

    def consumer(self, queue: str, prefetch: int) -> MemoryQueue:
        """See the port."""
        return self.queue

    def publisher(self) -> Publisher:
        """Nobody publishes here."""
        raise NotImplementedError

    def declare(self, topology: Topology) -> None:
        """See the port."""

    def depth(self, queue: str) -> int:
        """See the port."""
        return len(self.queue.ready)

    def close(self) -> None:
        """See the port."""


class Office:
    """The company, and everything that makes its mails."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        METADATA.create_all(self.database.engine)
        self.clock = SetClock()
        self.queue = MemoryQueue()
        self.bus = MemoryBus(self.queue)
        self.company("acme")
        self.person("pat", erp="standard", can_push_to_accounting=True)
        self.person("maria")
        self.item("SC-1")

    def company(self, slug: str, **more: Any) -> None:
        """Write a company."""
        row = {"slug": slug, "name": "Acme Builders", "currency": "USD", "timezone": "America/Los_Angeles"}
        row |= {"daily_summary_at": "07:00", "created_at": "2026-01-01T00:00:00.000000Z"}
        self._insert(companies, row | more)

    def person(self, name: str, company: str = "acme", **rights: Any) -> None:
        """Write a person."""
        row: dict[str, Any] = {
            "company": company,
            "email": f"{name}@acme.test",
            "name": name.title(),
            "erp": "none",
        }
        row |= {"can_push_to_accounting": False, "tools": "{}", "directory": "none"}
        self._insert(people, row | rights)

    def item(self, id_: str, item_type: str = "commitment", company: str = "acme", **more: Any) -> None:
        """Write an item."""
        row: dict[str, Any] = {"key": f"{company}/{item_type}/{id_}", "company": company}
        row |= {"item_type": item_type, "id": id_, "state": "ready_to_export", "version": 1, "sequence": 2}
        row |= {"head": "", "project": "P-17", "title": f"Title of {id_}", "payload": "{}", "fields": "{}"}
        row |= {"waiting_on": "[]", "erp_lines": "{}", "attachments": "[]", "created_by": "maria@acme.test"}
        row |= {"sent_by": "maria@acme.test", "accepted_by": "pat@acme.test"}
        row |= {"created_at": times.text(NOW), "updated_at": times.text(NOW)}
        self._insert(items, row | more)

    @property
    def announced(self) -> list[dict[str, Any]]:
        """The events that were written, in order."""
        with self.database.read() as connection:
            return [
                json.loads(body)
                for body in connection.scalars(select(event_log.c.body).order_by(event_log.c.id))
            ]

    def listen(self, *messages: Message) -> None:
        """Let the events be heard."""
        self.queue.put(*messages)
        listener = Listener(self.bus, self.database, self.clock, OPTIONS, lambda: None)
        listener.handle(self.queue, self.queue.receive(1_000, 0))

    def sender(self, mailer: Mailer) -> Sender:
        """Somebody who sends what is due."""
        return Sender(self.database, mailer, self.clock, OPTIONS)

    def later(self, **time: float) -> None:
        """Time passes."""
        self.clock.at += timedelta(**time)

    def mails(self) -> list[dict[str, Any]]:
        """The rows, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(mail).order_by(mail.c.created_at, mail.c.recipient, mail.c.cause)
            )
            return [dict(row._mapping) | {"context": json.loads(row.context)} for row in rows]

    def close(self) -> None:
        """Leave the database."""
        self.database.close()

    def _insert(self, table: Any, row: dict[str, Any]) -> None:
        with self.database.write() as connection:
            connection.execute(insert(table).values(**row))


def eml(directory: Path) -> tuple[EmlMailer, Path]:
    """A mailer that writes files, and where."""
    return EmlMailer(directory / "mail"), directory / "mail"


def read_eml(path: Path) -> EmailMessage:
    """A mail as a mail program reads it."""
    message = message_from_bytes(path.read_bytes(), policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message
