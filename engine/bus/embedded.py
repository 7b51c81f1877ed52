"""The durable queue in the database: what RabbitMQ does for Countersign, without RabbitMQ."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from engine.bus import embedded_routing
from engine.bus.embedded_consumer import EmbeddedConsumer
from engine.bus.embedded_publisher import EmbeddedPublisher
from engine.bus.embedded_routing import Routing
from engine.bus.embedded_session import Session, Transaction
from engine.bus.embedded_tables import queue_messages, queues
from engine.bus.signal import Signals
from engine.errors import BusUnavailable
from engine.ports import Clock, Queue, Topology


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The time now, in UTC."""
        return datetime.now(UTC)


class EmbeddedBus:
    """Several processes may share it; the caller owns the database and the signals and closes them."""

    def __init__(
        self, write: Transaction, read: Transaction, signals: Signals, clock: Clock | None = None
    ) -> None:
        self._session = Session(write, read, signals, clock or SystemClock())
        self._routing = Routing()

    @property
    def user(self) -> None:
        """Nobody logs in here: whoever publishes holds the database's password, as we do."""
        return None

    def declare(self, topology: Topology) -> None:
        """Create what is missing; what exists stays as it is."""
        with self._session.write() as connection:
            embedded_routing.declare(connection, topology)

    def consumer(self, queue: str, prefetch: int) -> EmbeddedConsumer:
        """Begin to consume a declared queue."""
        return EmbeddedConsumer(self._session, self._routing, self._declared(queue), prefetch)

    def publisher(self) -> EmbeddedPublisher:
        """Begin to publish."""
        return EmbeddedPublisher(self._session, self._routing)

    def depth(self, queue: str) -> int:
        """How many messages wait in a queue; those that a consumer holds do not count."""
        self._declared(queue)
        waiting = select(func.count()).where(
            queue_messages.c.queue == queue, queue_messages.c.owner.is_(None)
        )
        with self._session.read() as connection:
            return connection.scalar(waiting) or 0

    def _declared(self, name: str) -> Queue:
        with self._session.read() as connection:
            row = connection.execute(select(queues).where(queues.c.name == name)).one_or_none()
        if row is None:
            raise BusUnavailable(f"the queue {name} is missing: run `countersign init`")
        return Queue(row.name, (), row.single_active, row.delivery_limit, row.dead_exchange)

    def close(self) -> None:
        """Leave; consumers and publishers close themselves."""
