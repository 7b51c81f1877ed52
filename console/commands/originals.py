"""The original of a message that was given up, ready to be published again."""

from collections.abc import Mapping
from typing import Any, Final

from console.commands.commands import routing_key
from engine.errors import Malformed
from engine.messages import STRUCTURED, Message, read
from engine.ports import Outgoing
from engine.store.queries.dead_letters import Open
from engine.topology import COMMANDS

_OURS: Final = "countersign."
_REPLAYED: Final = (
    "countersign-replayed"  # given up again, it is another dead letter than the one that it was
)
_BROKERS_OWN: Final = ("x-",)  # what a broker noted on its way, such as x-death


def again(letter: Open) -> Outgoing:
    """The message as it came, back to the queue that it was in; raises Malformed where it cannot be whole."""
    if letter.original is None:
        raise Malformed(
            "there is no message to publish again: put it right where it happened, then discard this"
        )
    if len(letter.original) != letter.size:
        kept = f"only the first {len(letter.original)} of its {letter.size} bytes are kept"
        raise Malformed(f"{kept}: its sender has to send it again")
    properties = letter.properties
    headers = properties.get("headers", {})
    exchange, key = _address(letter, headers)
    return Outgoing(
        exchange=exchange,
        routing_key=key,
        body=letter.original,
        message_id=properties.get("message_id") or f"dead-letter-{letter.id}",
        content_type=properties.get("content_type") or STRUCTURED,
        mandatory=True,
        correlation_id=properties.get("correlation_id"),
        headers={
            **{name: value for name, value in headers.items() if not name.startswith(_BROKERS_OWN)},
            _REPLAYED: str(letter.id),
        },
    )


def _address(letter: Open, headers: Mapping[str, Any]) -> tuple[str, str]:
    if letter.queue and letter.queue != COMMANDS and letter.queue.startswith(_OURS):
        return "", letter.queue  # an event for the notifier or a connector: no command
    return COMMANDS, _routing_key(letter, headers)


def _routing_key(letter: Open, headers: Mapping[str, Any]) -> str:
    message = Message(letter.original or b"", letter.properties.get("content_type"), headers=headers)
    try:
        return routing_key(read(message, letter.size))
    except Malformed:
        return "-.-"  # unreadable as it was; the engine will say so again
