"""RabbitMQ, from 3.10 up: kombu declares and consumes, pika publishes."""

from typing import Any, Final

import structlog
from amqp.exceptions import PreconditionFailed

from engine.bus import rabbit_address, rabbit_link
from engine.bus.rabbit_consumer import RabbitConsumer
from engine.bus.rabbit_errors import KOMBU_ERRORS, unavailable
from engine.bus.rabbit_publisher import RabbitPublisher
from engine.ports import Queue, Topology

CONFIRM_TIMEOUT: Final = 30.0  # seconds
HEARTBEAT: Final = 30  # seconds; a broker that is silent for twice as long is away

_log = structlog.get_logger(__name__)


class RabbitBus:
    """A broker behind a URL; every consumer and publisher has a connection of its own."""

    def __init__(
        self, url: str, confirm_timeout: float = CONFIRM_TIMEOUT, heartbeat: int = HEARTBEAT
    ) -> None:
        self._address = rabbit_address.parse(url)
        self._confirm_timeout = confirm_timeout
        self._heartbeat = heartbeat

    @property
    def user(self) -> str:
        """Our own broker user, whom the broker names as `user_id` on what we publish."""
        return self._address.user

    def declare(self, topology: Topology) -> None:
        """Create what is missing; what exists stays as it is."""
        connection = rabbit_link.connect(self._address, self._heartbeat)
        try:
            for exchange in topology.exchanges:
                _declare_exchange(connection, exchange)
            for queue in topology.queues:
                _declare_queue(connection, queue)
        except KOMBU_ERRORS as error:
            raise unavailable(error, self._address) from error
        finally:
            rabbit_link.close(connection)

    def consumer(self, queue: str, prefetch: int) -> RabbitConsumer:
        """Begin to consume a declared queue."""
        return RabbitConsumer(self._address, queue, prefetch, self._heartbeat)

    def publisher(self) -> RabbitPublisher:
        """Begin to publish; it connects with the first batch."""
        return RabbitPublisher(self._address, self._confirm_timeout, self._heartbeat)

    def depth(self, queue: str) -> int:
        """How many messages wait in a queue; those that a consumer holds do not count."""
        connection = rabbit_link.connect(self._address, self._heartbeat)
        try:
            return int(connection.channel().queue_declare(queue, passive=True).message_count)
        except KOMBU_ERRORS as error:
            raise unavailable(error, self._address) from error
        finally:
            rabbit_link.close(connection)

    def close(self) -> None:
        """Leave; consumers and publishers close themselves."""


def _declare_exchange(connection: Any, name: str) -> None:
    try:
        connection.channel().exchange_declare(name, "topic", durable=True, auto_delete=False)
    except PreconditionFailed as error:
        _log.warning("bus.declared_differently", exchange=name, reason=error.reply_text)


def _declare_queue(connection: Any, queue: Queue) -> None:
    channel = connection.channel()
    try:
        channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=queue_arguments(queue))
    except PreconditionFailed as error:
        _log.warning("bus.declared_differently", queue=queue.name, reason=error.reply_text)
        channel = connection.channel()  # the refusal has closed the first
    for exchange, pattern in queue.bindings:
        channel.queue_bind(queue.name, exchange, pattern)


def queue_arguments(queue: Queue) -> dict[str, Any]:
    """How the broker keeps a queue."""
    arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": queue.delivery_limit}
    if queue.single_active_consumer:
        arguments["x-single-active-consumer"] = True
    if queue.dead_exchange is not None:
        arguments["x-dead-letter-exchange"] = queue.dead_exchange
        arguments["x-dead-letter-strategy"] = "at-least-once"
        arguments["x-overflow"] = "reject-publish"  # the other overflow makes it at-most-once, silently
    return arguments
