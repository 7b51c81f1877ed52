"""Programs of other people's: plain AMQP and the CloudEvents SDK, without a line of this project."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pika
import pytest
from cloudevents.core.bindings.amqp import AMQPMessage, from_amqp_event, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from tests.acceptance.support.amqp import COMMANDS, Caller, Dashboard, Event, by_item, code, gaps
from tests.acceptance.support.orders import ADMIN, commitment, order, send_codes, send_project, send_vendor
from tests.acceptance.support.site import Site


def _url(site: Site) -> str:
    assert site.broker is not None
    return site.broker


@pytest.mark.parametrize("direct", [False, True], ids=["own queue", "direct reply-to"])
def test_a_plain_client_sends_accepts_and_rejects_and_reads_each_outcome(served: Site, direct: bool) -> None:
    """The two ways of RabbitMQ to be answered both work."""
    name = f"plain-{direct}"
    with Caller(_url(served), direct=direct) as caller, Dashboard(_url(served), "item.#") as board:
        for item in ("a", "r"):
            sent = caller.ask(send_project(f"acme/project/{name}-{item}"))
            assert sent["type"] == "countersign.command.applied.v1"
            assert sent["source"] == "/countersign"
            assert sent["data"]["state"] == "ready_to_export"
            assert sent["data"]["version"] == 1
        accepted = caller.ask(order("accept", f"acme/project/{name}-a", {"version": 1}))
        rejected = caller.ask(order("reject", f"acme/project/{name}-r", {"comment": "Which site?"}))
        assert (accepted["data"]["state"], rejected["data"]["state"]) == ("accepted", "rejected")
        refused = caller.ask(order("accept", f"acme/project/{name}-r"))
        assert code(refused) == "wrong_state"
        synced = board.until_item(f"acme/project/{name}-a", "synced")
    assert synced["data"]["item"]["state"] == "synced"
    assert [record["id"] for record in served.erp.records(code=f"{name}-a")] == [synced["data"]["erp_id"]]
    assert served.erp.records(code=f"{name}-r") == []


def _given(message: AMQPMessage, caller: Caller, key: str) -> Event:
    """The outcome of what the SDK made, published by pika."""
    content_type = str(message.properties["content-type"])
    return caller.wait(
        [_publish(caller, key, message.application_data, content_type, message.application_properties)]
    )[0]


def _publish(caller: Caller, key: str, body: bytes, content_type: str, headers: Mapping[str, Any]) -> str:
    correlation = f"sdk {key} {content_type}"
    properties = pika.BasicProperties(
        content_type=content_type,
        headers=dict(headers),
        delivery_mode=2,
        reply_to=caller.reply_to,
        correlation_id=correlation,
    )
    caller.channel.basic_publish(COMMANDS, key, body, properties, mandatory=True)
    return correlation


@pytest.mark.parametrize("mode", ["structured", "binary", "binary with colons"])
def test_the_cloudevents_sdk_sends_in_both_modes_and_reads_what_comes_back(
    served: Site, caller: Caller, mode: str
) -> None:
    """Whoever has the SDK needs nothing else; both prefixes of the AMQP binding are read."""
    key = f"acme/project/sdk-{mode.replace(' ', '-')}"
    attributes = {
        "type": "countersign.command.send.v1",
        "source": "/sdk",
        "subject": key,
        "actor": "pm@acme.test",
        "datacontenttype": "application/json",
    }
    event = CloudEvent(attributes, {"payload": {"name": "Quay"}, "title": "Quay"})
    message = to_structured_event(event) if mode == "structured" else to_binary_event(event)
    if mode == "binary with colons":
        renamed = {
            name.replace("cloudEvents_", "cloudEvents:"): value
            for name, value in message.application_properties.items()
        }
        message = AMQPMessage(message.properties, renamed, message.application_data)
    answer = _given(message, caller, "send.project")
    properties = {"content-type": "application/cloudevents+json"}
    read = from_amqp_event(AMQPMessage(properties, {}, json.dumps(answer).encode()))
    assert read.get_type() == "countersign.command.applied.v1"
    assert read.get_subject() == key
    data = read.get_data()
    assert isinstance(data, dict)
    assert data["command"]["id"] == event.get_id()
    assert data["state"] == "ready_to_export"


def test_a_dashboard_sees_every_event_of_every_item_in_sequence_without_a_gap(
    served: Site, caller: Caller
) -> None:
    """What waits, is released, sent, rejected, sent again and synced is told from the first to the last event."""
    project, vendor, contract = (
        "acme/project/DASH",
        "acme/company/DASH-V",
        "acme/commitment/DASH-SC",
    )
    with Dashboard(_url(served), "item.#", "export.#", "command.#") as board:
        contract_sent = caller.ask(
            order("send", contract, {"payload": commitment("DASH", "DASH-V", "SC-DASH-1")})
        )
        assert contract_sent["data"]["state"] == "sent"
        board.until_item(contract, "waiting")
        steps = [
            send_vendor(vendor),
            order("reject", vendor, {"comment": "Which office?"}),
            send_vendor(vendor),
            order("accept", vendor),
            send_project(project),
            order("accept", project),
            send_codes("acme/cost_codes/DASH-C", "DASH"),
        ]
        for answer in caller.ask_all(steps):
            assert code(answer) is None, answer
        board.until_item("acme/cost_codes/DASH-C", "ready_to_update")
        caller.ask(order("accept", "acme/cost_codes/DASH-C"))
        board.until_item(contract, "ready_to_export", 60)
        caller.ask(order("accept", contract, {"version": 1}))
        board.until_item(contract, "synced", 60)
        events = board.events
    keys = (project, vendor, contract, "acme/cost_codes/DASH-C")
    seen = {key: [each["type"].split(".")[2] for each in by_item(events)[key]] for key in keys}
    assert seen[vendor] == [
        "sent",
        "ready_to_export",
        "rejected",
        "sent",
        "ready_to_export",
        "accepted",
        "synced",
    ]
    assert seen[contract][:2] == ["sent", "waiting"]
    assert seen[contract][-3:] == ["ready_to_export", "accepted", "synced"]
    assert gaps(events) == {}
    for key in keys:
        assert [each["event"] for each in served.item(key)["history"]] == seen[key]
    assert served.erp.codes("commitment")["SC-DASH-1"] == 1


def test_routing_keys_let_a_dashboard_choose_its_company_and_its_events(served: Site, caller: Caller) -> None:
    """What a dashboard binds it gets, and nothing else."""
    with (
        Dashboard(_url(served), "item.project.rejected.acme") as rejections,
        Dashboard(_url(served), "#.other") as others,
        Dashboard(_url(served), "command.refused.-") as homeless,
    ):
        key = "acme/project/ROUTED"
        caller.ask(send_project(key))
        caller.ask(order("send", "nobody/project/X", {"payload": {"name": "X"}}))
        caller.ask(order("reject", key))
        rejections.until_item(key, "rejected")
        homeless.until(lambda events: any(each["subject"] == "nobody/project/X" for each in events))
        assert {each["routing_key"] for each in rejections.events} == {"item.project.rejected.acme"}
        assert {each["routing_key"] for each in homeless.events} == {"command.refused.-"}
        assert others.events == []


def test_a_connectors_late_and_unknown_answers_change_nothing(served: Site, caller: Caller) -> None:
    """Who is no connector may not report, and what is synced stays synced."""
    key = "acme/project/REPORTED"
    caller.ask(send_project(key))
    with Dashboard(_url(served), "item.#") as board:
        caller.ask(order("accept", key))
        board.until_item(key, "synced")
    data = {
        "export": f"{key}@1",
        "attempt": 1,
        "outcome": "failed",
        "error": {"class": "bug", "message": "x"},
    }
    assert code(caller.ask(order("report_export", key, data, actor=ADMIN))) == "not_allowed"
    late = caller.ask(
        order("report_export", key, data, actor="connector:sandbox", source="/countersign/connector/sandbox")
    )
    assert code(late) in (None, "wrong_state", "stale_attempt")
    assert served.item(key)["state"] == "synced"
