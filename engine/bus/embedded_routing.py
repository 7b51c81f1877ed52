"""Which queues of the embedded bus a message goes to."""

import threading
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from engine.bus.embedded_tables import queue_bindings, queue_exchanges, queue_version, queues
from engine.bus.topic import matches
from engine.errors import BusUnavailable
from engine.ports import Queue, Topology

_REMEMBERED: Final = 4096  # routes
_DECLARING: Final = 0x636F756E74657273  # the advisory lock of whoever declares; two at once would collide


@dataclass(frozen=True, slots=True)
class Routes:
    """The declared names at one version."""

    version: int
    exchanges: frozenset[str]
    queues: frozenset[str]
    bindings: tuple[tuple[str, str, str], ...]  # exchange, pattern, queue
    found: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def queues_for(self, exchange: str, routing_key: str) -> tuple[str, ...]:
        """The queues that take this message; raises BusUnavailable where the exchange is missing."""
        route = self.found.get((exchange, routing_key))
        if route is None:
            route = self._find(exchange, routing_key)
            if len(self.found) >= _REMEMBERED:
                self.found.clear()
            self.found[exchange, routing_key] = route
        return route

    def _find(self, exchange: str, routing_key: str) -> tuple[str, ...]:
        if not exchange:
            return (routing_key,) if routing_key in self.queues else ()
        if exchange not in self.exchanges:
            raise BusUnavailable(f"the exchange {exchange} is missing: run `countersign init`")
        taking = (
            queue
            for bound, pattern, queue in self.bindings
            if bound == exchange and matches(pattern, routing_key)
        )
        return tuple(dict.fromkeys(taking))


class Routing:
    """Keeps the routes in memory and reads them again when somebody declared something."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._routes = Routes(-1, frozenset(), frozenset(), ())

    def routes(self, connection: Connection) -> Routes:
        """The routes as this transaction sees them."""
        version = connection.scalar(select(queue_version.c.version)) or 0
        routes = self._routes
        if routes.version != version:
            routes = _load(connection, version)
            with self._lock:
                self._routes = routes
        return routes


def _load(connection: Connection, version: int) -> Routes:
    bindings = connection.execute(
        select(queue_bindings.c.exchange, queue_bindings.c.pattern, queue_bindings.c.queue).order_by(
            queue_bindings.c.queue, queue_bindings.c.exchange, queue_bindings.c.pattern
        )
    )
    return Routes(
        version,
        frozenset(connection.scalars(select(queue_exchanges.c.name))),
        frozenset(connection.scalars(select(queues.c.name))),
        tuple((exchange, pattern, queue) for exchange, pattern, queue in bindings),
    )


def declare(connection: Connection, topology: Topology) -> None:
    """Create what is missing; what exists stays as it is."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_DECLARING)))
    if connection.execute(update(queue_version).values(version=queue_version.c.version)).rowcount == 0:
        connection.execute(insert(queue_version).values(id=1, version=0))
    known = _load(connection, 0)
    exchanges = [{"name": name} for name in topology.exchanges if name not in known.exchanges]
    new = [_queue_row(queue) for queue in topology.queues if queue.name not in known.queues]
    bound = set(known.bindings)
    bindings = [
        {"queue": queue.name, "exchange": exchange, "pattern": pattern}
        for queue in topology.queues
        for exchange, pattern in queue.bindings
        if (exchange, pattern, queue.name) not in bound
    ]
    for table, rows in ((queue_exchanges, exchanges), (queues, new), (queue_bindings, bindings)):
        if rows:
            connection.execute(insert(table), rows)
    if exchanges or new or bindings:
        connection.execute(update(queue_version).values(version=queue_version.c.version + 1))


def _queue_row(queue: Queue) -> dict[str, Any]:
    return {
        "name": queue.name,
        "single_active": queue.single_active_consumer,
        "delivery_limit": queue.delivery_limit,
        "dead_exchange": queue.dead_exchange,
    }
