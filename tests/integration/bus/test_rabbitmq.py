"""What RabbitMQ alone can do to a consumer and a publisher."""

import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pika
import pytest

from engine import topology
from engine.bus.rabbitmq import RabbitBus
from engine.errors import BusUnavailable
from engine.ports import Delivery, Outgoing
from engine.topology import COMMANDS
from tests.integration.bus.gateway import Gateway

SOON = 20.0


@pytest.fixture
def bus(rabbitmq_url: str) -> RabbitBus:
    """A broker with the program's own names."""
    bus = RabbitBus(rabbitmq_url)
    bus.declare(topology.topology([]))
    return bus


@pytest.fixture
def gateway(rabbitmq_url: str) -> Iterator[Gateway]:
    """A network to the broker that can fail."""
    parts = urlsplit(rabbitmq_url)
    gateway = Gateway(parts.hostname or "127.0.0.1", parts.port or 5672)
    yield gateway
    gateway.close()


def through(gateway: Gateway, url: str) -> str:
    """The broker's address on the other side of the gateway."""
    parts = urlsplit(url)
    return f"amqp://{parts.username}:{parts.password}@127.0.0.1:{gateway.port}{parts.path}"


def command(number: int, *, mandatory: bool = True) -> Outgoing:
    """Any message for the command queue."""
    return Outgoing(COMMANDS, "send.project", b"x" * 100, f"id-{number}", mandatory=mandatory)


def first(bus: RabbitBus, queue: str = COMMANDS) -> Delivery:
    """The next message of a queue."""
    consumer = bus.consumer(queue, 10)
    try:
        (delivery,) = consumer.receive(1, SOON)
        consumer.ack([delivery])
    finally:
        consumer.close()
    return delivery


def raw_publish(url: str, routing_key: str | bytes, properties: pika.BasicProperties) -> None:
    """Publish as a foreign program would."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    connection.channel().basic_publish(COMMANDS, routing_key, b"{}", properties)
    connection.close()


def test_a_consumer_whose_connection_breaks_says_so_and_a_new_one_goes_on(
    bus: RabbitBus, gateway: Gateway, rabbitmq_url: str
) -> None:
    """What it held comes again."""
    publisher = bus.publisher()
    publisher.publish([command(1)])
    consumer = RabbitBus(through(gateway, rabbitmq_url)).consumer(COMMANDS, 10)
    (held,) = consumer.receive(1, SOON)
    gateway.cut()

    with pytest.raises(BusUnavailable):
        consumer.receive(1, SOON)
    with pytest.raises(BusUnavailable):
        consumer.ack([held])
    consumer.close()

    assert first(bus).message.message_id == "id-1"
    publisher.close()


def test_a_consumer_whose_queue_is_deleted_says_so(bus: RabbitBus, rabbitmq_url: str) -> None:
    """It does not wait for ever for a queue that is gone."""
    consumer = bus.consumer(COMMANDS, 10)
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    connection.channel().queue_delete(COMMANDS)
    connection.close()

    with pytest.raises(BusUnavailable):
        consumer.receive(1, SOON)
    consumer.close()


def test_a_consumer_stays_connected_while_its_caller_works(bus: RabbitBus, rabbitmq_url: str) -> None:
    """Heartbeats of one second are answered, and what arrives meanwhile is there afterwards."""
    consumer = RabbitBus(rabbitmq_url, heartbeat=1).consumer(COMMANDS, 10)
    publisher = bus.publisher()
    working = threading.Event()
    assert not working.wait(4.0)
    publisher.publish([command(1)])

    (delivery,) = consumer.receive(1, SOON)
    consumer.ack([delivery])
    consumer.close()
    publisher.close()
    assert bus.depth(COMMANDS) == 0


def test_a_broker_that_has_gone_silent_is_noticed(
    gateway: Gateway, bus: RabbitBus, rabbitmq_url: str
) -> None:
    """No connection breaks, no byte comes: only heartbeats tell."""
    consumer = RabbitBus(through(gateway, rabbitmq_url), heartbeat=1).consumer(COMMANDS, 10)
    gateway.freeze()

    with pytest.raises(BusUnavailable):
        consumer.receive(1, SOON)
    gateway.close()
    consumer.close()


def test_a_publisher_whose_connection_breaks_goes_on_with_the_next_batch(
    gateway: Gateway, bus: RabbitBus, rabbitmq_url: str
) -> None:
    """The batch that was under way is uncertain, and its caller is told."""
    publisher = RabbitBus(through(gateway, rabbitmq_url)).publisher()
    assert publisher.publish([command(1)]) == [True]
    gateway.cut()

    with pytest.raises(BusUnavailable):
        publisher.publish([command(2)])
    assert publisher.publish([command(2)]) == [True]
    publisher.close()


def test_confirms_that_do_not_come_in_time_make_a_batch_uncertain(
    gateway: Gateway, bus: RabbitBus, rabbitmq_url: str
) -> None:
    """Late confirms are not taken for those of the next batch."""
    publisher = RabbitBus(through(gateway, rabbitmq_url), confirm_timeout=0.5).publisher()
    assert publisher.publish([command(1)]) == [True]
    gateway.freeze()

    with pytest.raises(BusUnavailable, match="confirms nothing"):
        publisher.publish([command(2)])
    gateway.thaw()
    with pytest.raises(BusUnavailable, match="exchange nowhere is missing"):
        publisher.publish([Outgoing("nowhere", "a", b"", "3")])
    publisher.close()


def test_every_message_of_a_batch_has_its_own_result(bus: RabbitBus) -> None:
    """Returned ones are found among thousands, also when two have the same id."""
    publisher = bus.publisher()
    nobody = Outgoing("", "nobody", b"", "same", mandatory=True)
    batch = [command(number) for number in range(3000)]
    batch[100], batch[2000], batch[2999] = nobody, nobody, nobody

    safe = publisher.publish(batch)

    assert [number for number, each in enumerate(safe) if not each] == [100, 2000, 2999]
    assert bus.depth(COMMANDS) == 2997
    publisher.close()


def test_a_message_that_cannot_be_written_does_not_pass_for_an_outage(bus: RabbitBus) -> None:
    """Trying again for ever would not help."""
    publisher = bus.publisher()
    with pytest.raises(ValueError, match="cannot be written"):
        publisher.publish([Outgoing(COMMANDS, "k" * 300, b"", "1")])

    assert publisher.publish([command(1)]) == [True]
    publisher.close()


def test_what_is_not_utf8_reaches_its_consumer(bus: RabbitBus, rabbitmq_url: str) -> None:
    """A foreign program's careless property must not stop the queue."""
    raw_publish(
        rabbitmq_url, "a.b", pika.BasicProperties(correlation_id=b"\xff\xfe", content_type="text/plain")
    )
    raw_publish(rabbitmq_url, b"key.\xff", pika.BasicProperties(headers={"name": b"\xff"}))

    assert first(bus).message.body == b"{}"
    odd = first(bus)
    assert odd.routing_key == "key.\ufffd"
    assert odd.message.headers["name"] == "\ufffd"


def test_the_broker_vouches_for_the_user_of_a_message(bus: RabbitBus, rabbitmq_url: str) -> None:
    """Ours carry our own user; without one nobody vouches."""
    publisher = bus.publisher()
    publisher.publish([command(1)])
    publisher.close()
    raw_publish(rabbitmq_url, "a.b", pika.BasicProperties(reply_to="answers", message_id="m"))

    ours, foreign = first(bus).message, first(bus).message

    assert ours.user_id == bus.user
    assert foreign.user_id is None
    assert (foreign.reply_to, foreign.message_id) == ("answers", "m")


def test_a_queue_that_exists_with_other_arguments_stays_as_it_is(rabbitmq_url: str) -> None:
    """An operator's own choice is respected, and its bindings are made."""
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    connection.channel().queue_declare(COMMANDS, durable=True, arguments={"x-queue-type": "quorum"})
    connection.close()
    bus = RabbitBus(rabbitmq_url)
    bus.declare(topology.topology([]))
    publisher = bus.publisher()

    assert publisher.publish([command(1)]) == [True]
    publisher.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("guest:guest", "guest:wrong-secret"), "log-in was refused"),
        (("@", "@no-such-host.invalid#"), "host's name is not known"),
        (("countersign", "nothing-"), "vhost does not exist"),
    ],
)
def test_a_wrong_address_is_explained_without_the_password(
    rabbitmq_url: str, change: tuple[str, str], reason: str
) -> None:
    """Consumer and publisher say the same."""
    if change[0] not in rabbitmq_url:
        pytest.skip(f"the broker's address has no {change[0]}")
    wrong = rabbitmq_url.replace(*change).split("#")[0]
    bus = RabbitBus(wrong)
    for attempt in (lambda: bus.consumer(COMMANDS, 1), lambda: bus.publisher().publish([command(1)])):
        with pytest.raises(BusUnavailable, match=reason) as raised:
            attempt()
        assert "wrong-secret" not in str(raised.value)


def test_many_batches_in_a_row_leave_nothing_behind(bus: RabbitBus) -> None:
    """One thread and one connection, however many batches."""
    publisher = bus.publisher()
    publisher.publish([command(0)])
    threads = threading.active_count()
    begun = time.monotonic()
    for _ in range(50):
        publisher.publish([command(number) for number in range(20)])

    assert threading.active_count() == threads
    assert time.monotonic() - begun < SOON
    publisher.close()
