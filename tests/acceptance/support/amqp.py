"""Plain AMQP clients: senders, approvers and dashboards that know RabbitMQ and nothing of this project."""

from __future__ import annotations

import json
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

import pika

from tests.acceptance.support.orders import Order

COMMANDS = "countersign.commands"
EVENTS = "countersign.events"
STRUCTURED = "application/cloudevents+json"

Event = dict[str, Any]


class Client:
    """One connection."""

    def __init__(self, url: str, *, confirmed: bool = True) -> None:
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        if confirmed:
            self.channel.confirm_delivery()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.connection.is_open:
            self.connection.close()


class Caller(Client):
    """Gives commands and reads their outcomes from a queue of its own, or by direct reply."""

    def __init__(self, url: str, *, direct: bool = False, confirmed: bool = True) -> None:
        super().__init__(url, confirmed=confirmed)
        self.outcomes: dict[str, list[Event]] = defaultdict(list)  # by correlation id
        if direct:
            self.reply_to = "amq.rabbitmq.reply-to"
        else:
            self.reply_to = self.channel.queue_declare("", exclusive=True).method.queue
        self.channel.basic_consume(self.reply_to, self._on_outcome, auto_ack=True)

    def _on_outcome(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        self.outcomes[str(properties.correlation_id)].append(json.loads(body))

    def give(self, order: Order | bytes, **properties: Any) -> str:
        """Publish a command, or whatever bytes; returns the correlation id of its answer."""
        correlation = str(uuid.uuid4())
        given: dict[str, Any] = {
            "content_type": STRUCTURED,
            "delivery_mode": 2,
            "reply_to": self.reply_to,
            "correlation_id": correlation,
        }
        body = order if isinstance(order, bytes) else json.dumps(order).encode()
        key = "raw.raw" if isinstance(order, bytes) else _routing_key(order)
        if isinstance(order, dict) and isinstance(order.get("id"), str):
            given["message_id"] = order["id"][:200].encode("utf-8", "replace").decode()
        self.channel.basic_publish(
            COMMANDS, key, body, pika.BasicProperties(**given | properties), mandatory=True
        )
        return correlation

    def wait(self, correlations: Iterable[str], timeout: float = 30.0) -> list[Event]:
        """The first outcome of each, in the same order."""
        wanted = list(correlations)
        self._until(lambda: all(self.outcomes.get(each) for each in wanted), timeout)
        missing = [each for each in wanted if not self.outcomes.get(each)]
        assert not missing, f"{len(missing)} of {len(wanted)} commands have no answer after {timeout:.0f} s"
        return [self.outcomes[each][0] for each in wanted]

    def ask(self, order: Order | bytes, timeout: float = 30.0, **properties: Any) -> Event:
        """Give a command and wait for its outcome."""
        return self.wait([self.give(order, **properties)], timeout)[0]

    def ask_all(self, orders: Iterable[Order], timeout: float = 30.0) -> list[Event]:
        """Give all commands, then wait for all outcomes."""
        return self.wait([self.give(each) for each in orders], timeout)

    def _until(self, done: Callable[[], bool], timeout: float) -> None:
        end = time.monotonic() + timeout
        while not done() and time.monotonic() < end:
            self.connection.process_data_events(time_limit=0.2)


def bind_board(url: str, queue: str, *patterns: str) -> None:
    """Let a queue keep events for whoever looks later."""
    with Client(url) as client:
        client.channel.queue_declare(queue, durable=True)
        for pattern in patterns:
            client.channel.queue_bind(queue, EVENTS, pattern)


class Dashboard(Client):
    """Binds a queue of its own to the events and sees what comes; or looks at one that was bound before."""

    def __init__(self, url: str, *patterns: str, queue: str | None = None) -> None:
        super().__init__(url)
        self.events: list[Event] = []
        self._queue = queue or self.channel.queue_declare("", exclusive=True).method.queue
        for pattern in patterns:
            self.channel.queue_bind(self._queue, EVENTS, pattern)
        self.channel.basic_consume(self._queue, self._on_event, auto_ack=True)

    def _on_event(self, _channel: Any, method: Any, properties: Any, body: bytes) -> None:
        event = json.loads(body)
        assert properties.message_id == event["id"]
        assert properties.delivery_mode == 2
        assert properties.content_type == STRUCTURED
        self.events.append(event | {"routing_key": method.routing_key})

    def until(self, seen: Callable[[list[Event]], bool], timeout: float = 30.0) -> list[Event]:
        """Watch until the events are what is waited for."""
        end = time.monotonic() + timeout
        while not seen(self.events):
            told = [(event["type"], event.get("subject")) for event in self.events[-8:]]
            assert time.monotonic() < end, f"not seen in {timeout:.0f} s; the newest: {told}"
            self.connection.process_data_events(time_limit=0.2)
        return self.events

    def until_item(self, key: str, event: str, timeout: float = 30.0) -> Event:
        """Watch until something happens to an item."""
        type_ = f"countersign.item.{event}.v1"
        found = self.until(lambda events: any(is_about(each, key, type_) for each in events), timeout)
        return next(each for each in found if is_about(each, key, type_))


def is_about(event: Event, key: str, type_: str) -> bool:
    """Whether an event is of this type and about this item."""
    return bool(event["type"] == type_ and event.get("subject") == key)


def by_item(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Every item's events as they came, each id once: a repeated event is allowed."""
    found: dict[str, dict[str, Event]] = defaultdict(dict)
    for event in events:
        if event["type"].startswith("countersign.item."):
            found[event["subject"]].setdefault(event["id"], event)
    return {key: list(each.values()) for key, each in found.items()}


def gaps(events: Iterable[Event]) -> dict[str, list[int]]:
    """The items whose events' sequence is not 1, 2, 3 ..., with what they have."""
    found = {key: [event["sequence"] for event in each] for key, each in by_item(events).items()}
    return {key: sequence for key, sequence in found.items() if sequence != list(range(1, len(sequence) + 1))}


def code(outcome: Event) -> str | None:
    """Why a command was refused; None if it was applied."""
    reason: Mapping[str, Any] = outcome["data"].get("reason", {})
    return reason.get("code")


def _routing_key(order: Order) -> str:
    name = str(order.get("type", "")).removeprefix("countersign.command.").removesuffix(".v1")
    parts = str(order.get("subject", "")).split("/")
    return f"{name[:50] or '-'}.{parts[1][:50] if len(parts) > 1 else '-'}"
