"""What a RabbitMQ says of itself, and which of our names it has otherwise than we would declare them."""

from dataclasses import dataclass
from typing import Any

from amqp.exceptions import NotFound, PreconditionFailed

from engine.bus import rabbit_address, rabbit_link
from engine.bus.rabbit_errors import KOMBU_ERRORS, unavailable
from engine.bus.rabbitmq import queue_arguments
from engine.ports import Queue, Topology


@dataclass(frozen=True, slots=True)
class About:
    """A broker's version and the names that are missing or declared differently."""

    version: str
    missing: tuple[str, ...]
    different: tuple[tuple[str, str], ...]  # (name, what the broker says)


def look(url: str, topology: Topology) -> About:
    """Ask the broker and change nothing; raises BusUnavailable when it is away."""
    address = rabbit_address.parse(url)
    connection = rabbit_link.connect(address, heartbeat=0)
    try:
        missing = [name for name in topology.exchanges if not _has_exchange(connection, name)]
        missing += [queue.name for queue in topology.queues if not _has_queue(connection, queue.name)]
        present = (queue for queue in topology.queues if queue.name not in missing)
        different = [(queue.name, said) for queue in present if (said := _difference(connection, queue))]
        properties = connection.server_properties
    except KOMBU_ERRORS as error:
        raise unavailable(error, address) from error
    finally:
        rabbit_link.close(connection)
    return About(str(properties.get("version", "?")), tuple(missing), tuple(different))


def _has_exchange(connection: Any, name: str) -> bool:
    try:
        connection.channel().exchange_declare(name, "topic", passive=True)
    except NotFound:
        return False
    return True


def _has_queue(connection: Any, name: str) -> bool:
    try:
        connection.channel().queue_declare(name, passive=True)
    except NotFound:
        return False
    return True


def _difference(connection: Any, queue: Queue) -> str | None:
    try:
        # The broker compares only where the queue is there, and it is.
        connection.channel().queue_declare(
            queue.name, durable=True, auto_delete=False, arguments=queue_arguments(queue)
        )
    except PreconditionFailed as error:
        return str(error.reply_text)
    return None
