"""The published description of every message, as an AsyncAPI 3.0 document; generated from the code."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine.messages import STRUCTURED
from tools import asyncapi_commands, asyncapi_events
from tools.asyncapi_channels import channels, operations
from tools.asyncapi_values import shared

_CONTRACT: Final = "1.0.0"  # of the messages, not of the program; a new major has types ending in .v2
_DESCRIPTION: Final = (
    "CloudEvents 1.0 in JSON over RabbitMQ, in structured mode; commands are also taken in AMQP binary mode, "
    "with attributes as headers `cloudEvents:<name>` or `cloudEvents_<name>`. Every message is persistent, "
    "and its `message_id` is the CloudEvents `id`. docs/messages.md explains what these messages mean."
)


def document() -> dict[str, Any]:
    """The whole document."""
    commands, events = asyncapi_commands.messages(), asyncapi_events.messages()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Countersign",
            "version": _CONTRACT,
            "description": _DESCRIPTION,
            "license": {
                "name": "Apache License 2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": STRUCTURED,
        "servers": {
            "rabbitmq": {"host": "localhost:5672", "protocol": "amqp", "protocolVersion": "0.9.1"},
        },
        "channels": channels(asyncapi_events.steps()),
        "operations": operations(),
        "components": {"messages": commands | events, "schemas": shared()},
    }


def page() -> str:
    """The document as text."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


GENERATORS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({"docs/asyncapi.json": page})
