"""The channels of the published messages: exchanges and queues as they are declared on the broker."""

from collections.abc import Iterable
from typing import Any, Final

from engine.service.decide import COMMANDS as NAMES
from engine.topology import (
    COMMANDS,
    DEAD,
    DEAD_LETTERS,
    EVENTS,
    NOTIFICATIONS,
    exports_queue,
    topology,
)
from tools.asyncapi_values import Schema
from workflows import ITEM_TYPES

_BINDING: Final = "0.3.0"
_COMPANY: Final = {"description": "the company's slug; `-` in outcomes and dead letters that have none"}
_CONNECTOR: Final = {"description": "the connector's kind, such as `sandbox`"}


def channels(item_events: Iterable[str]) -> dict[str, Schema]:
    """Every channel, with its messages by name."""
    events = tuple(item_events)
    found = {
        "commands": _exchange(
            COMMANDS,
            "{command}.{item_type}",
            {"command": {"enum": list(NAMES)}, "item_type": {"enum": list(ITEM_TYPES)}},
            [f"command.{name}" for name in NAMES],
        ),
        "itemEvents": _exchange(
            EVENTS,
            "item.{item_type}.{event}.{company}",
            {"item_type": {"enum": list(ITEM_TYPES)}, "event": {"enum": list(events)}, "company": _COMPANY},
            [f"item.{event}" for event in events],
        ),
        "outcomes": _exchange(
            EVENTS,
            "command.{outcome}.{company}",
            {"outcome": {"enum": ["applied", "refused"]}, "company": _COMPANY},
            ["command.applied", "command.refused"],
        ),
        "exportEvents": _exchange(
            EVENTS,
            "export.{connector}.{event}.{company}",
            {
                "connector": _CONNECTOR,
                "event": {"enum": ["requested", "retrying", "in_doubt"]},
                "company": _COMPANY,
            },
            ["export.requested", "export.retrying", "export.in_doubt"],
        ),
        "deadLetterEvents": _exchange(
            EVENTS,
            "dead_letter.{event}.{company}",
            {"event": {"enum": ["added", "resolved"]}, "company": _COMPANY},
            ["dead_letter.added", "dead_letter.resolved"],
        ),
        "notificationEvents": _exchange(
            EVENTS,
            "notification.{event}.{company}",
            {"event": {"enum": ["sent"]}, "company": _COMPANY},
            ["notification.sent"],
        ),
        "replies": {
            "address": None,
            "description": "The queue that a command's `reply_to` names; a name of ours is ignored.",
            "messages": _messages(["command.applied", "command.refused"]),
        },
    }
    return found | _queues()


def _queues() -> dict[str, Schema]:
    holds = {
        COMMANDS: ("commandsQueue", [f"command.{name}" for name in NAMES]),
        exports_queue("{connector}"): ("exportsQueue", ["export.requested"]),
        NOTIFICATIONS: ("notificationsQueue", ["item.rejected", "dead_letter.added"]),
        DEAD_LETTERS: ("deadLettersQueue", []),
    }
    found = {}
    for queue in topology(["{connector}"]).queues:
        name, messages = holds[queue.name]
        bound = "; ".join(f"`{exchange}` with `{pattern}`" for exchange, pattern in queue.bindings)
        kind = "a quorum queue" + (", single active consumer" if queue.single_active_consumer else "")
        found[name] = {
            "address": queue.name,
            "description": f"{kind[0].upper()}{kind[1:]}, bound to {bound}.",
            "messages": _messages(messages),
            "bindings": _amqp({"is": "queue", "queue": {**_KEPT, "name": queue.name, "exclusive": False}}),
        }
        if "{connector}" in queue.name:
            found[name]["parameters"] = {"connector": _CONNECTOR}
    return found


_KEPT: Final = {"durable": True, "autoDelete": False}


def _exchange(name: str, address: str, parameters: dict[str, Any], messages: list[str]) -> Schema:
    return {
        "address": address,
        "parameters": parameters,
        "messages": _messages(messages),
        "bindings": _amqp({"is": "routingKey", "exchange": {**_KEPT, "name": name, "type": "topic"}}),
    }


def _messages(names: Iterable[str]) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _amqp(binding: dict[str, Any]) -> Schema:
    return {"amqp": {**binding, "bindingVersion": _BINDING}}


def operations() -> dict[str, Schema]:
    """What Countersign does on the channels."""
    taken = _operation("receive", "commands", "Take commands and answer each once.")
    taken["reply"] = {
        "address": {"location": "$message.header#/reply_to", "description": "the AMQP property `reply_to`"},
        "channel": {"$ref": "#/channels/replies"},
    }
    return {
        "takeCommands": taken,
        "publishOutcomes": _operation("send", "outcomes", "Every readable command has exactly one."),
        "publishItemEvents": _operation("send", "itemEvents", "What happened to items, in order for each."),
        "publishExportEvents": _operation("send", "exportEvents", "What connectors are asked for."),
        "publishDeadLetters": _operation("send", "deadLetterEvents", "What was given up, and settled."),
        "publishNotifications": _operation("send", "notificationEvents", "Mails that went out."),
        "askConnector": _operation("send", "exportsQueue", "A connector takes its attempts from here."),
        "keepDeadLetters": _operation(
            "receive", "deadLettersQueue", f"What the broker gave up comes by the exchange `{DEAD}`."
        ),
    }


def _operation(action: str, channel: str, summary: str) -> Schema:
    binding = {"ack": True} if action == "receive" else {"deliveryMode": 2}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "bindings": _amqp(binding),
    }
