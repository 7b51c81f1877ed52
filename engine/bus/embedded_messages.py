"""What happens to a message of the embedded queue between its arrival and its acknowledgement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, literal, select, update
from sqlalchemy.types import Double, Integer, Text

from engine.bus.embedded_routing import Routes
from engine.bus.embedded_tables import queue_messages
from engine.messages import Message
from engine.ports import Delivery, Queue

_AT_ONCE: Final = 500  # numbers in one statement
_KEPT: Final = ("routing_key", "body", "content_type", "message_id", "correlation_id", "reply_to", "headers")

messages = queue_messages.c


class Tag(NamedTuple):
    """One delivery: the same message delivered again is another one."""

    owner: str
    number: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class Dead:
    """Where a queue's messages go when they are given up."""

    queue: Queue
    routes: Routes
    now: float

    def targets(self, routing_key: str) -> tuple[str, ...]:
        """The queues of dead letters."""
        if self.queue.dead_exchange is None:
            return ()
        return self.routes.queues_for(self.queue.dead_exchange, routing_key)


def claim(connection: Connection, queue: str, owner: str, limit: int) -> list[Delivery]:
    """Take the oldest free messages."""
    rows = connection.execute(
        select(queue_messages)
        .where(messages.queue == queue, messages.owner.is_(None))
        .order_by(messages.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for some in _chunks([row.id for row in rows]):
        connection.execute(
            update(queue_messages)
            .where(messages.id.in_(some))
            .values(owner=owner, deliveries=messages.deliveries + 1)
        )
    return [_delivery(row, Tag(owner, row.id, row.deliveries + 1)) for row in rows]


def _delivery(row: Row[Any], tag: Tag) -> Delivery:
    message = Message(
        body=row.body,
        content_type=row.content_type,
        message_id=row.message_id,
        correlation_id=row.correlation_id,
        reply_to=row.reply_to,
        headers=json.loads(row.headers),
    )
    return Delivery(message, tag, row.deliveries, row.routing_key, row.reason, row.from_queue)


def delete_held(connection: Connection, owner: str, numbers: Sequence[int]) -> None:
    """Forget messages for good; what this owner no longer holds stays."""
    for some in _chunks(numbers):
        connection.execute(delete(queue_messages).where(_held(owner, some)))


def give_back(connection: Connection, owner: str, numbers: Sequence[int], dead: Dead) -> list[str]:
    """Free messages in their place, or dead-letter them over the limit; returns the queues that got some."""
    touched = [dead.queue.name]
    for some in _chunks(numbers):
        touched += _give_back(connection, _held(owner, some), dead)
    return touched


def give_back_all(connection: Connection, owner: str, dead: Dead) -> list[str]:
    """Free everything that an owner holds."""
    return [dead.queue.name, *_give_back(connection, messages.owner == owner, dead)]


def _give_back(connection: Connection, which: ColumnElement[bool], dead: Dead) -> list[str]:
    over = and_(which, messages.deliveries > dead.queue.delivery_limit)
    touched = _bury(connection, over, "delivery_limit", dead)
    connection.execute(update(queue_messages).where(which).values(owner=None))
    return touched


def dead_letter(connection: Connection, owner: str, numbers: Sequence[int], dead: Dead) -> list[str]:
    """Move messages to the queues of dead letters, which it returns."""
    touched: list[str] = []
    for some in _chunks(numbers):
        touched += _bury(connection, _held(owner, some), "rejected", dead)
    return touched


def _bury(connection: Connection, which: ColumnElement[bool], reason: str, dead: Dead) -> list[str]:
    touched: list[str] = []
    found = connection.execute(
        select(messages.id, messages.routing_key).where(which).order_by(messages.id)
    ).all()
    for number, routing_key in found:
        targets = dead.targets(routing_key)
        for target in targets:
            connection.execute(_copy(number, target, reason, dead))
        if targets:  # with nowhere to go it stays where it is: nothing is dropped
            connection.execute(delete(queue_messages).where(messages.id == number))
        touched += targets
    return touched


def _copy(number: int, target: str, reason: str, dead: Dead) -> Any:
    columns = ["queue", "deliveries", "reason", "from_queue", "enqueued_at", *_KEPT]
    values = select(
        literal(target, Text),
        literal(0, Integer),
        literal(reason, Text),
        literal(dead.queue.name, Text),
        literal(dead.now, Double),
        *(messages[name] for name in _KEPT),
    ).where(messages.id == number)
    return insert(queue_messages).from_select(columns, values)


def _held(owner: str, numbers: Sequence[int]) -> ColumnElement[bool]:
    return and_(messages.id.in_(numbers), messages.owner == owner)


def _chunks(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE)]
