"""The published message document, and what judges a message by it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator, FormatChecker

from tools.asyncapi import document

DOCUMENT = document()
MESSAGES: Mapping[str, Mapping[str, Any]] = DOCUMENT["components"]["messages"]


def message_of(body: Mapping[str, Any]) -> str:
    """The name of the message that a CloudEvent is."""
    (name,) = [name for name, message in MESSAGES.items() if message["name"] == body["type"]]
    return name


def mistakes(body: Mapping[str, Any], *, strictly: bool = False) -> list[str]:
    """What about a message is not as published; strictly: also what the document does not name."""
    judge = Draft7Validator(_root(message_of(body), strictly=strictly), format_checker=FormatChecker())
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message:.300}"
        for error in judge.iter_errors(body)
    ]


def _root(name: str, *, strictly: bool) -> dict[str, Any]:
    return (_STRICT if strictly else DOCUMENT) | {"$ref": f"#/components/messages/{name}/payload"}


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object schema in the document."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        schema = list(schema.values())
    if isinstance(schema, list):
        for each in schema:
            yield from objects(each)


def _closed() -> dict[str, Any]:
    strict = copy.deepcopy(DOCUMENT)
    for each in objects(strict["components"]):
        each.setdefault("additionalProperties", False)
    return strict


_STRICT = _closed()


def channel_of(routing_key: str, exchange: str) -> set[str]:
    """The messages that the document expects under a routing key."""
    found: set[str] = set()
    for channel in DOCUMENT["channels"].values():
        binding = channel.get("bindings", {}).get("amqp", {})
        if binding.get("exchange", {}).get("name") == exchange and _pattern(channel).fullmatch(routing_key):
            found |= set(channel["messages"])
    return found


def _pattern(channel: Mapping[str, Any]) -> re.Pattern[str]:
    def part(match: re.Match[str]) -> str:
        return "|".join(channel["parameters"][match[1]].get("enum", ["[a-z0-9_-]+"])).join("()")

    return re.compile(re.sub(r"\{(\w+)\}", part, channel["address"].replace(".", r"\.")))
