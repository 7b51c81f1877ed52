"""What every bus says about names and brokers that are missing."""

import pytest

from engine import topology
from engine.errors import BusUnavailable
from engine.ports import Outgoing
from tests.conformance.steps import bodies, send, take
from tests.conformance.worlds import TOPOLOGY, WORK, World, outgoing


def test_declaring_again_changes_nothing(world: World) -> None:
    """Messages stay, and nobody gets them twice."""
    send(world, "1")
    world.bus().declare(TOPOLOGY)
    send(world, "2")

    consumer = world.consumer(WORK)
    assert bodies(take(consumer, 2)) == ["1", "2"]
    assert consumer.receive(1, 0) == []


def test_a_publisher_sees_what_was_declared_after_it_began(new_world: World) -> None:
    """The first program to start need not know all connectors."""
    bus = new_world.bus()
    bus.declare(topology.topology([]))
    publisher = new_world.publisher()
    request = Outgoing(topology.EVENTS, "export.sandbox.requested.acme", b"{}", "1", mandatory=True)
    assert publisher.publish([request]) == [False]

    new_world.bus().declare(topology.topology(["sandbox"]))

    assert publisher.publish([request]) == [True]
    assert bus.depth("countersign.exports.sandbox") == 1


def test_the_programs_own_names_carry_a_command_an_export_and_a_dead_letter(new_world: World) -> None:
    """As the contract lists them."""
    bus = new_world.bus()
    bus.declare(topology.topology(["sandbox"]))
    publisher = new_world.publisher()
    sent = [
        Outgoing(topology.COMMANDS, "send.project", b"c", "c", mandatory=True),
        Outgoing(topology.EVENTS, "export.sandbox.requested.acme", b"e", "e", mandatory=True),
        Outgoing(topology.EVENTS, "item.project.rejected.acme", b"r", "r", mandatory=True),
        Outgoing(topology.EVENTS, "item.project.synced.acme", b"s", "s", mandatory=True),
    ]
    assert publisher.publish(sent) == [True, True, True, False]

    commands = new_world.consumer(topology.COMMANDS)
    commands.dead_letter(take(commands, 1))
    letters = new_world.consumer(topology.DEAD_LETTERS)
    (letter,) = take(letters, 1)

    assert (letter.message.body, letter.queue) == (b"c", topology.COMMANDS)
    assert bodies(take(new_world.consumer(topology.exports_queue("sandbox")), 1)) == ["e"]
    assert bodies(take(new_world.consumer(topology.NOTIFICATIONS), 1)) == ["r"]
    with pytest.raises(ValueError, match="no dead exchange"):
        letters.dead_letter([letter])


def test_a_missing_queue_or_exchange_is_named(world: World) -> None:
    """The sentence says what is missing and what to do."""
    with pytest.raises(BusUnavailable, match=r"queue test\.nothing is missing.*countersign init"):
        world.consumer("test.nothing")
    with pytest.raises(BusUnavailable, match=r"queue test\.nothing is missing.*countersign init"):
        world.bus().depth("test.nothing")
    publisher = world.publisher()
    with pytest.raises(BusUnavailable, match=r"exchange test\.nothing is missing.*countersign init"):
        publisher.publish([outgoing("1", exchange="test.nothing")])
    assert publisher.publish([outgoing("2")]) == [True]


def test_a_broker_that_is_away_is_unavailable(world: World) -> None:
    """Every way in says so, without a password."""
    bus = world.lost_bus()
    with pytest.raises(BusUnavailable) as declared:
        bus.declare(TOPOLOGY)
    with pytest.raises(BusUnavailable):
        bus.consumer(WORK, 10)
    with pytest.raises(BusUnavailable):
        bus.publisher().publish([outgoing("1")])
    with pytest.raises(BusUnavailable):
        bus.depth(WORK)
    assert "secret" not in str(declared.value)


def test_closing_twice_is_no_error(world: World) -> None:
    """Whoever cleans up need not know who did before."""
    consumer, publisher = world.consumer(WORK), world.publisher()
    publisher.publish([outgoing("1")])
    for each in (consumer, publisher):
        each.close()
        each.close()
