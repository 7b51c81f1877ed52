"""What every bus does with a message, whatever carries it."""

from engine.ports import Outgoing
from tests.conformance.steps import bodies, send, take
from tests.conformance.worlds import GRAVES, INBOX, LIMIT, REPLIES, WORK, World, outgoing


def test_messages_of_one_publisher_arrive_in_order(world: World) -> None:
    """One batch after another, each in order."""
    publisher = world.publisher()
    publisher.publish([outgoing("1"), outgoing("2")])
    publisher.publish([outgoing("3")])

    assert bodies(take(world.consumer(WORK), 3)) == ["1", "2", "3"]


def test_an_acknowledged_message_never_comes_again(world: World) -> None:
    """What is acknowledged is gone also for the next consumer; what is not comes to it."""
    send(world, "1", "2", "3")
    first = world.consumer(WORK)
    one, _, three = take(first, 3)
    first.ack([one, three])
    first.close()

    assert bodies(take(world.consumer(WORK), 1)) == ["2"]
    assert world.bus().depth(WORK) == 0


def test_a_message_that_was_not_acknowledged_comes_again_when_its_consumer_has_left(world: World) -> None:
    """Nothing is lost by leaving, and the next consumer learns that it was delivered before."""
    send(world, "1", "2")
    first = world.consumer(WORK)
    assert [delivery.earlier for delivery in take(first, 2)] == [0, 0]
    first.close()

    again = take(world.consumer(WORK), 2)

    assert bodies(again) == ["1", "2"]
    assert [delivery.earlier for delivery in again] == [1, 1]


def test_a_requeued_message_counts_as_delivered_once_more(world: World) -> None:
    """So that whoever takes it next can be careful with it."""
    send(world, "1")
    consumer = world.consumer(WORK)
    consumer.requeue(take(consumer, 1))

    (again,) = take(consumer, 1)

    assert again.earlier == 1


def test_an_acknowledgement_after_the_message_was_given_back_has_no_effect(world: World) -> None:
    """A consumer that settles twice, or too late, harms nobody."""
    send(world, "1")
    consumer = world.consumer(WORK)
    (delivery,) = take(consumer, 1)
    consumer.requeue([delivery])
    consumer.ack([delivery])

    (again,) = take(consumer, 1)
    consumer.ack([again])
    consumer.ack([again])

    assert again.message.body == b"1"


def test_a_delivery_of_one_consumer_cannot_be_acknowledged_by_another(world: World) -> None:
    """After a reconnection old deliveries must not be taken for new ones."""
    send(world, "1")
    first = world.consumer(WORK)
    old = take(first, 1)
    first.close()
    second = world.consumer(WORK)
    take(second, 1)
    second.ack(old)
    second.close()

    assert bodies(take(world.consumer(WORK), 1)) == ["1"]


def test_a_message_that_is_given_up_becomes_a_dead_letter(world: World) -> None:
    """It arrives whole, with the reason and the queue that it comes from."""
    send(world, "1", "2")
    consumer = world.consumer(WORK)
    consumer.dead_letter(take(consumer, 2))

    dead = take(world.consumer(GRAVES), 2)

    assert bodies(dead) == ["1", "2"]
    assert {(letter.reason, letter.queue, letter.routing_key) for letter in dead} == {
        ("rejected", WORK, "work.one")
    }
    assert dead[0].message.message_id == "id-1"
    assert dead[0].earlier == 0


def test_a_message_that_came_back_too_often_becomes_a_dead_letter(world: World) -> None:
    """A limit of two is three deliveries; its neighbours are not touched."""
    send(world, "1")
    consumer = world.consumer(WORK)
    for earlier in range(LIMIT + 1):
        (delivery,) = take(consumer, 1)
        assert delivery.earlier == earlier
        consumer.requeue([delivery])
    send(world, "2")

    (dead,) = take(world.consumer(GRAVES), 1)

    assert (dead.message.body, dead.reason, dead.queue) == (b"1", "delivery_limit", WORK)
    assert bodies(take(consumer, 1)) == ["2"]


def test_a_mandatory_message_that_no_queue_takes_is_not_safe(world: World) -> None:
    """The others of its batch are."""
    safe = world.publisher().publish(
        [
            outgoing("1"),
            outgoing("2", "nobody.listens"),
            outgoing("3", "nobody.listens", mandatory=False),
            outgoing("4"),
        ]
    )

    assert safe == [True, False, True, True]
    assert bodies(take(world.consumer(WORK), 2)) == ["1", "4"]


def test_a_reply_goes_straight_to_the_queue_that_it_names(world: World) -> None:
    """The empty exchange needs no binding; a queue that is gone loses the reply and nothing else."""
    reply = Outgoing("", REPLIES, b"yes", "r", correlation_id="question 7")
    gone = Outgoing("", "test.nobody", b"yes", "s", correlation_id="question 8")

    assert world.publisher().publish([reply, gone]) == [True, True]

    (received,) = take(world.consumer(REPLIES), 1)
    assert (received.message.body, received.message.correlation_id) == (b"yes", "question 7")


def test_ten_thousand_messages_arrive_once_and_in_order(world: World) -> None:
    """Published and consumed in batches, acknowledged in batches."""
    publisher = world.publisher()
    for start in range(0, 10_000, 1000):
        assert all(publisher.publish([outgoing(str(number)) for number in range(start, start + 1000)]))
    consumer = world.consumer(WORK)
    seen: list[str] = []
    while len(seen) < 10_000:
        batch = take(consumer, min(500, 10_000 - len(seen)))
        seen += bodies(batch)
        consumer.ack(batch)

    assert seen == [str(number) for number in range(10_000)]
    assert consumer.receive(1, 0) == []
    assert world.bus().depth(WORK) == 0


def test_a_message_arrives_as_it_was_sent(world: World) -> None:
    """Bytes, properties and headers, and the routing key."""
    body = bytes(range(256)) * 1000
    headers = {"cloudEvents:type": "a.b", "número": 7, "deep": {"list": [1, "zwei", None, True]}}
    message = Outgoing(INBOX, "work.ünï", body, "id-ö", "text/plain", True, "c-1", headers)
    assert world.publisher().publish([message]) == [True]

    (received,) = take(world.consumer(WORK), 1)

    assert received.message.body == body
    assert received.message.headers == headers
    assert (received.message.message_id, received.message.correlation_id) == ("id-ö", "c-1")
    assert (received.message.content_type, received.routing_key) == ("text/plain", "work.ünï")


def test_an_empty_body_is_a_message_too(world: World) -> None:
    """Binary mode commands may have no data."""
    world.publisher().publish([Outgoing(INBOX, "work.one", b"", "empty")])

    assert take(world.consumer(WORK), 1)[0].message.body == b""
