"""Sources that only their own broker users may use."""

from __future__ import annotations

from collections.abc import Iterator

import pika.exceptions
import pytest

from tests.acceptance.conftest import MakeSite
from tests.acceptance.support.amqp import Caller, code
from tests.acceptance.support.broker_users import add_users, remove_users, user_of
from tests.acceptance.support.companies import company, source
from tests.acceptance.support.orders import order, send_project
from tests.acceptance.support.site import EMBEDDED_GROUPS, Site
from tests.services import BrokerServer

NAMES = ("upstream", "gateway")
GATEWAY = "/gateway"


@pytest.fixture
def guarded(make_site: MakeSite, rabbitmq_server: BrokerServer) -> Iterator[tuple[Site, dict[str, str]]]:
    """A site that takes commands of two sources, each from its own broker user."""
    site = make_site("rabbitmq")
    assert site.broker is not None
    urls = add_users(rabbitmq_server, site.broker, *NAMES)
    try:
        site.prepare(
            company("acme", site.erp.url)
            + source("/procore", user_of(urls["upstream"]), ["draft", "send", "retrieve"])
            + source(GATEWAY, user_of(urls["gateway"]), ["accept", "reject"])
        )
        site.start(*EMBEDDED_GROUPS)
        yield site, urls
    finally:
        remove_users(rabbitmq_server, *NAMES)


def test_a_source_is_believed_only_from_its_own_broker_user(guarded: tuple[Site, dict[str, str]]) -> None:
    """What the broker has not validated is no proof, and who may send may not accept."""
    site, urls = guarded
    assert site.broker is not None
    key, send = "acme/project/GUARDED", send_project("acme/project/GUARDED")
    upstream, gateway = user_of(urls["upstream"]), user_of(urls["gateway"])
    with Caller(urls["upstream"]) as sender, Caller(urls["gateway"]) as approver, Caller(site.broker) as own:
        assert code(sender.ask(send)) == "untrusted_source"  # no user_id: nobody has validated it
        assert code(approver.ask(send, user_id=gateway)) == "untrusted_source"
        applied = sender.ask(send, user_id=upstream)
        assert code(applied) is None  # a refusal for want of trust is not remembered
        assert code(sender.ask(order("accept", key), user_id=upstream)) == "untrusted_source"
        stolen = order("accept", key, source=GATEWAY)
        assert code(sender.ask(stolen, user_id=upstream)) == "untrusted_source"
        assert code(sender.ask(order("accept", key, source="/else"), user_id=upstream)) == "untrusted_source"
        assert code(approver.ask(stolen, user_id=gateway)) is None
        anybody = send_project("acme/project/OWN", source="/anything")
        assert code(own.ask(anybody, user_id=user_of(site.broker))) is None
    site.until_states({key: "synced", "acme/project/OWN": "ready_to_export"}, 30)
    with (
        Caller(urls["upstream"]) as sender,
        pytest.raises(pika.exceptions.ChannelClosedByBroker, match="406"),
    ):
        sender.ask(send_project("acme/project/LIE"), user_id=gateway)  # RabbitMQ itself refuses who lies


def test_what_sources_may_do_changes_without_a_restart(guarded: tuple[Site, dict[str, str]]) -> None:
    """`apply` is enough, as for everything else that is configured; the command line needs no source."""
    site, urls = guarded
    upstream = user_of(urls["upstream"])
    with Caller(urls["upstream"]) as sender:
        key = "acme/project/CHANGED"
        assert code(sender.ask(send_project(key), user_id=upstream)) is None
        retrieve = order("retrieve", key)
        site.apply(company("acme", site.erp.url) + source("/procore", upstream, ["draft", "send"]))
        assert code(sender.ask(retrieve, user_id=upstream)) == "untrusted_source"
    done = site.command("reject", key, "--as", "pat@acme.test", "--comment", "Later")
    assert "rejected" in done.stdout
