"""Publishing into the embedded queue: one transaction for a batch, one row for each queue it goes to."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert

from engine.bus.embedded_routing import Routing
from engine.bus.embedded_session import Session
from engine.bus.embedded_tables import queue_messages
from engine.ports import Outgoing


class EmbeddedPublisher:
    """What it returned for is committed."""

    def __init__(self, session: Session, routing: Routing) -> None:
        self._session = session
        self._routing = routing

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish in order in one transaction; False for a mandatory message that no queue takes."""
        if not messages:
            return []
        with self._session.write() as connection:
            results, touched = self._insert(connection, messages)
        for queue in touched:
            self._session.notify(queue)
        return results

    def _insert(self, connection: Connection, messages: Sequence[Outgoing]) -> tuple[list[bool], list[str]]:
        routes = self._routing.routes(connection)
        now = self._session.clock.now().timestamp()
        results: list[bool] = []
        rows: list[dict[str, Any]] = []
        for message in messages:
            taking = routes.queues_for(message.exchange, message.routing_key)
            rows.extend(_row(queue, message, now) for queue in taking)
            results.append(bool(taking) or not message.mandatory)
        if rows:
            connection.execute(insert(queue_messages), rows)
        return results, list(dict.fromkeys(row["queue"] for row in rows))

    def close(self) -> None:
        """Leave; there is nothing to give back."""


def _row(queue: str, message: Outgoing, now: float) -> dict[str, Any]:
    return {
        "queue": queue,
        "routing_key": message.routing_key,
        "body": message.body,
        "content_type": message.content_type,
        "message_id": message.message_id,
        "correlation_id": message.correlation_id,
        "headers": json.dumps(dict(message.headers), default=_text),
        "enqueued_at": now,
    }


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
