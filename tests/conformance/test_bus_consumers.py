"""How consumers of every bus share, wait, die and take over."""

import time

from tests.conformance.steps import SOON, bodies, send, take
from tests.conformance.worlds import SINGLE, WORK, World, outgoing


def test_a_single_active_consumer_gets_everything_and_the_next_takes_over_in_order(world: World) -> None:
    """Others stand by until it leaves."""
    active, standing_by = world.consumer(SINGLE), world.consumer(SINGLE)
    send(world, "1", "2", "3", routing_key="single.a.b")

    one, _, _ = take(active, 3)
    assert standing_by.receive(10, 0.2) == []
    active.ack([one])
    active.close()

    rest = take(standing_by, 2)
    assert bodies(rest) == ["2", "3"]


def test_waking_ends_a_wait_and_also_the_next_one(world: World) -> None:
    """A wake that comes just before the wait must not be lost."""
    consumer = world.consumer(WORK)
    consumer.wake()
    begun = time.monotonic()

    assert consumer.receive(1, SOON) == []
    assert time.monotonic() - begun < SOON / 2


def test_a_waiting_consumer_gets_a_message_at_once(world: World) -> None:
    """It does not look now and then: it is told."""
    consumer = world.consumer(WORK)
    publisher = world.publisher()
    publisher.publish([outgoing("0")])
    consumer.ack(take(consumer, 1))
    delays = []
    for number in range(9):
        publisher.publish([outgoing(str(number))])
        begun = time.monotonic()
        consumer.ack(take(consumer, 1))
        delays.append(time.monotonic() - begun)

    assert sorted(delays)[4] < 0.1


def test_no_more_than_the_prefetch_is_handed_out(world: World) -> None:
    """What lies with a slow consumer is bounded; the rest is for others."""
    send(world, "1", "2", "3")
    slow, other = world.consumer(WORK, prefetch=2), None
    held = take(slow, 2)
    assert slow.receive(10, 0.1) == []

    other = world.consumer(WORK)
    assert bodies(take(other, 1)) == ["3"]
    assert bodies(held) == ["1", "2"]


def test_a_killed_process_gives_back_what_it_held(world: World) -> None:
    """Within fifteen seconds, without anybody's help."""
    send(world, "1", "2")
    process = world.process("hold", WORK, "2")
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    process.kill()

    again = take(world.consumer(WORK), 2, timeout=15)

    assert bodies(again) == ["1", "2"]
    assert [delivery.earlier for delivery in again] == [1, 1]


def test_a_consumer_takes_over_from_a_killed_one(world: World) -> None:
    """The single active consumer's place is not taken to the grave."""
    send(world, "1", "2", routing_key="single.one")
    process = world.process("hold", SINGLE, "1")
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    standing_by = world.consumer(SINGLE)
    process.kill()

    assert bodies(take(standing_by, 2, timeout=15)) == ["1", "2"]


def test_two_processes_share_a_queue(world: World) -> None:
    """Each message goes to one of two consumers, whoever published it."""
    processes = [world.process("publish", f"work.{name}", "300") for name in ("a", "b")]
    first, second = world.consumer(WORK, prefetch=10), world.consumer(WORK, prefetch=10)
    seen: list[tuple[str, str]] = []
    deadline = time.monotonic() + SOON
    while len(seen) < 600:
        assert time.monotonic() < deadline, f"only {len(seen)} messages came"
        for consumer in (first, second):
            batch = consumer.receive(10, 0.05)
            seen += [(delivery.routing_key, delivery.message.body.decode()) for delivery in batch]
            consumer.ack(batch)

    assert sorted(seen) == sorted((f"work.{name}", str(number)) for name in "ab" for number in range(300))
    assert [process.wait(SOON) for process in processes] == [0, 0]
