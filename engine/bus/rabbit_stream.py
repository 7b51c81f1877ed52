"""Reading a py-amqp connection in large pieces: by itself it asks for each frame in three small ones."""

from struct import Struct
from typing import Any, Final

from amqp.exceptions import UnexpectedFrame

_HEADER: Final = Struct(">BHI")  # kind, channel, size of the payload
_END: Final = 0xCE
_AT_ONCE: Final = 128 * 1024  # bytes; as long as RabbitMQ's frames get


class FrameStream:
    """The only reader of its connection from its making until `hand_back`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._transport = connection.transport
        self._rest = b""  # the beginning of a frame

    def read(self) -> None:
        """Take in what the socket has, at least one byte of it; every whole frame goes where py-amqp's go."""
        received = self._connection.sock.recv(_AT_ONCE)
        if not received:
            raise ConnectionResetError("the broker has closed the connection")
        self._rest += received
        at = 0
        try:
            while len(self._rest) - at > _HEADER.size:
                kind, channel, size = _HEADER.unpack_from(self._rest, at)
                start, end = at + _HEADER.size, at + _HEADER.size + size
                if len(self._rest) <= end:
                    break
                if self._rest[end] != _END:
                    raise UnexpectedFrame(f"a frame ends with {self._rest[end]:#04x} instead of {_END:#04x}")
                at = end + 1
                self._connection.on_inbound_frame((kind, channel, self._rest[start:end]))
        finally:
            self._rest = self._rest[at:]

    def hand_back(self) -> None:
        """Let py-amqp read on by itself, as it does for its good-bye."""
        self._transport._read_buffer = self._rest  # noqa: SLF001  there is no other way to tell it
        self._rest = b""
