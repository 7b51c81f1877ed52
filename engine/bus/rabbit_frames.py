"""Reading deliveries off the wire for py-amqp, without stumbling over what a foreign client may write.

py-amqp raises when a property or a routing key is not UTF-8, and the broker delivers that message again at
every connection: it would stop its queue for ever. Here what cannot be decoded is replaced or left out.
"""

import struct
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from struct import unpack_from
from typing import Any, Final, TypeAlias

from amqp import spec
from amqp.basic_message import Message as AmqpMessage
from amqp.exceptions import AMQPError, UnexpectedFrame

_METHOD: Final = 1
_HEADER: Final = 2
_BODY: Final = 3
_HEARTBEAT: Final = 8

Frame: TypeAlias = tuple[int, int, bytes]
OnMethod: TypeAlias = Callable[[int, tuple[int, int], bytes, Any], None]


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery as it came."""

    tag: int
    routing_key: str
    properties: dict[str, Any]
    body: bytes


@dataclass(slots=True)
class _Partial:
    signature: tuple[int, int]
    arguments: bytes
    properties: dict[str, Any] = field(default_factory=dict)
    missing: int = 0
    chunks: list[bytes] = field(default_factory=list)


class FrameReader:
    """Puts a delivery's frames together and hands it over; everything else goes to py-amqp."""

    def __init__(self, connection: Any, on_method: OnMethod, on_received: Callable[[Received], None]) -> None:
        self._connection = connection
        self._on_method = on_method
        self._on_received = on_received
        self._expected: dict[int, int] = defaultdict(lambda: _METHOD)
        self._partial: dict[int, _Partial] = {}

    def __call__(self, frame: Frame) -> bool:
        """Take one frame in; True when a method or a delivery is complete."""
        kind, channel, payload = frame
        self._connection.bytes_recv += 1
        if kind == _HEARTBEAT:
            return False
        if kind != self._expected[channel]:
            raise UnexpectedFrame(f"Received frame {kind} while expecting type: {self._expected[channel]}")
        if kind == _METHOD:
            return self._method(channel, payload)
        partial = self._partial[channel]
        if kind == _HEADER:
            _read_header(partial, payload)
        else:
            partial.chunks.append(bytes(payload))
            partial.missing -= len(payload)
        return self._complete(channel, partial)

    def _method(self, channel: int, payload: bytes) -> bool:
        signature = unpack_from(">HH", payload, 0)
        if signature == spec.Basic.Deliver:
            self._partial[channel] = _Partial(signature, payload)
            self._expected[channel] = _HEADER
            return False
        self._on_method(channel, signature, payload, None)
        return True

    def _complete(self, channel: int, partial: _Partial) -> bool:
        if partial.missing > 0:
            self._expected[channel] = _BODY
            return False
        self._expected[channel] = _METHOD
        del self._partial[channel]
        tag, routing_key = _deliver_arguments(partial.arguments)
        body = partial.chunks[0] if len(partial.chunks) == 1 else b"".join(partial.chunks)
        self._on_received(Received(tag, routing_key, partial.properties, body))
        return True


def _read_header(partial: _Partial, payload: bytes) -> None:
    (partial.missing,) = unpack_from(">Q", payload, 4)
    message = AmqpMessage()
    try:
        message.inbound_header(payload)
    except (ValueError, OverflowError, RecursionError, struct.error, IndexError, AMQPError):
        return  # its properties are unreadable; its body may still say what it is
    partial.properties = message.properties


def _deliver_arguments(payload: bytes) -> tuple[int, str]:
    at = 4 + 1 + payload[4]  # after the signature and the consumer's tag
    (tag,) = unpack_from(">Q", payload, at)
    at += 9  # the tag, and the bit that says redelivered
    at += 1 + payload[at]  # the exchange
    return tag, bytes(payload[at + 1 : at + 1 + payload[at]]).decode("utf-8", "replace")
