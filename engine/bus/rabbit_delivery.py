"""A delivery as RabbitMQ sends it, in the words of the port."""

from collections.abc import Mapping
from typing import Any, Final

from engine.bus.rabbit_frames import Received
from engine.messages import Message
from engine.ports import Delivery
from engine.text import printable

_LONGEST_NAME: Final = 255  # of a queue, in AMQP
_DEEPEST: Final = (
    16  # levels of headers within headers; what is deeper could exhaust the stack of who reads it
)
TOO_DEEP: Final = "nested too deep to be read"


def delivery(received: Received, tag: Any) -> Delivery:
    """Translate; what the broker's headers say about earlier deliveries and deaths gets its own fields."""
    properties = received.properties
    headers = _text(properties.get("application_headers") or {})
    message = Message(
        body=received.body,
        content_type=properties.get("content_type"),
        message_id=properties.get("message_id"),
        correlation_id=properties.get("correlation_id"),
        reply_to=properties.get("reply_to"),
        user_id=properties.get("user_id"),
        headers=headers,
    )
    reason, queue = _death(headers)
    return Delivery(message, tag, _count(headers), received.routing_key, reason, queue)


def _count(headers: Mapping[str, Any]) -> int:
    count = headers.get("x-delivery-count", 0)
    return count if isinstance(count, int) and count > 0 else 0


def _death(headers: Mapping[str, Any]) -> tuple[str | None, str | None]:
    deaths = headers.get("x-death")
    last = deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], dict) else {}
    reason = last.get("reason") or headers.get("x-first-death-reason")
    queue = last.get("queue") or headers.get("x-first-death-queue")
    return _name(reason), _name(queue)


def _name(value: object) -> str | None:
    # Anybody may write these headers, and nobody checks what is in them.
    return printable(value, _LONGEST_NAME) if isinstance(value, str) and value else None


def _text(value: Any, depth: int = 0) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, dict | list) and depth == _DEEPEST:
        return TOO_DEEP
    if isinstance(value, dict):
        return {_text(name): _text(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_text(inner, depth + 1) for inner in value]
    return value
