"""Which messages are confirmed, and which deliveries are still open."""

import pytest

from engine.bus.rabbit_address import parse
from engine.bus.rabbit_confirms import Confirms
from engine.bus.rabbit_unacked import Unacked
from engine.errors import Misconfigured
from engine.ports import Outgoing


def batch(size: int, first: int = 1) -> Confirms:
    """A batch of mandatory messages."""
    return Confirms([Outgoing("e", "k", b"", str(n), mandatory=True) for n in range(size)], first)


def unacked(size: int) -> Unacked:
    """Deliveries with the tags 1 to `size`."""
    deliveries = Unacked()
    for tag in range(1, size + 1):
        deliveries.add(tag)
    return deliveries


def test_a_batch_is_finished_when_all_are_confirmed_in_any_order() -> None:
    """One by one, several at once, and twice."""
    confirms = batch(6, first=11)
    for tag, multiple in ((13, False), (12, True), (12, True), (16, False), (13, False)):
        confirms.confirm(tag, multiple=multiple)
        assert not confirms.finished.is_set()
    confirms.confirm(15, multiple=True)

    assert confirms.finished.is_set()
    assert confirms.results() == [True] * 6


def test_a_confirm_of_an_earlier_batch_is_not_ours() -> None:
    """Nor one of a later."""
    confirms = batch(1, first=11)
    confirms.confirm(10, multiple=True)
    confirms.confirm(12, multiple=False)

    assert not confirms.finished.is_set()


def test_only_the_returned_one_is_not_safe() -> None:
    """A return names a message by its id and where it should have gone."""
    confirms = batch(3)
    confirms.give_back("e", "k", "1")

    assert confirms.results() == [True, False, True]


def test_a_run_from_the_oldest_is_acknowledged_at_once() -> None:
    """What lies beyond a gap goes one by one."""
    deliveries = unacked(6)
    assert deliveries.acknowledge([2, 1, 3, 5]) == [(3, True), (5, False)]
    assert deliveries.acknowledge([6]) == [(6, False)]
    assert deliveries.acknowledge([4]) == [(4, True)]


def test_what_was_settled_before_is_not_settled_again() -> None:
    """The broker closes the channel of whoever acknowledges twice."""
    deliveries = unacked(2)
    assert deliveries.settle([2, 2]) == [2]
    assert deliveries.acknowledge([2, 7]) == []
    assert len(deliveries) == 1


def test_an_address_is_read_with_its_defaults_and_shown_without_the_password() -> None:
    """The default vhost is `/`, however it is written."""
    assert [parse(f"amqp://h{path}").vhost for path in ("", "/", "//", "/%2F", "/a%2Fb")] == [
        *["/"] * 4,
        "a/b",
    ]
    address = parse("amqps://me:s%40cret@broker.test/v?cacertfile=/ca.pem")
    assert (address.port, address.user, address.password) == (5671, "me", "s@cret")
    assert address.tls == {"ca_certs": "/ca.pem"}
    assert "cret" not in f"{address} {address!r}"


@pytest.mark.parametrize("url", ["", "http://h", "amqp://", "amqp://h:port/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """With an example."""
    with pytest.raises(Misconfigured, match="amqp://user:password@host"):
        parse(url)
