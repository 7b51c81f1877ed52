"""The notifier on the real buses: the broker, and the durable queue in the database."""

import threading

import pytest

from engine.bus.embedded import EmbeddedBus
from engine.bus.embedded_tables import QUEUE_METADATA
from engine.bus.local_signals import LocalSignals
from engine.bus.rabbitmq import RabbitBus
from engine.messages import Message
from engine.ports import Bus, Outgoing
from engine.topology import DEAD_LETTERS, EVENTS, topology
from notifications.notifier import Notifier
from notifications.smtp import SmtpMailer
from tests.integration.notifications.office import OPTIONS, Office
from tests.integration.notifications.post_office import PostOffice
from tests.unit.notifications.examples import SENDER, rejected


def _bus(kind: str, office: Office, request: pytest.FixtureRequest) -> Bus:
    if kind == "rabbitmq":
        return RabbitBus(request.getfixturevalue("rabbitmq_url"))
    QUEUE_METADATA.create_all(office.database.engine)
    signals = LocalSignals(request.getfixturevalue("tmp_path"))
    request.addfinalizer(signals.close)
    return EmbeddedBus(office.database.write, office.database.read, signals)


def _event(message: Message, key: str) -> Outgoing:
    return Outgoing(EVENTS, key, message.body, str(message.message_id), mandatory=True)


@pytest.mark.parametrize("kind", ["rabbitmq", "embedded"])
def test_a_published_rejection_arrives_as_mail_and_nonsense_as_a_dead_letter(
    kind: str, sqlite_url: str, post_office: PostOffice, request: pytest.FixtureRequest
) -> None:
    """The whole way from the exchange to the mailboxes, with a repeated event."""
    office = Office(sqlite_url)
    bus = _bus(kind, office, request)
    bus.declare(topology(["sandbox"]))
    publisher = bus.publisher()
    key = "item.commitment.rejected.acme"
    nonsense = Message(b"nonsense", message_id="n")
    assert publisher.publish([_event(each, key) for each in (rejected(), nonsense, rejected())]) == [True] * 3
    stop = threading.Event()
    notifier = Notifier(bus, office.database, SmtpMailer(post_office.url, SENDER), office.clock, OPTIONS)
    thread = threading.Thread(target=notifier.run, args=(stop,))
    thread.start()
    post_office.wait_for(2)
    dead = bus.consumer(DEAD_LETTERS, 10)
    given_up = dead.receive(10, 30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert [each.message.body for each in given_up] == [b"nonsense"]
    assert len(office.mails()) == len(post_office.taken) == 2
    dead.ack(given_up)
    dead.close()
    publisher.close()
    bus.close()
    office.close()
