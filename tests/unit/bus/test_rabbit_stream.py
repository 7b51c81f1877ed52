"""Reading frames from a socket: whole, in pieces, and wrong ones."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from amqp.exceptions import UnexpectedFrame

from engine.bus.rabbit_stream import FrameStream


@dataclass(slots=True)
class Transport:
    """Where py-amqp keeps what it has read too early."""

    _read_buffer: bytes = b""


@dataclass(slots=True)
class Connection:
    """What a stream needs of a py-amqp connection."""

    sock: socket.socket
    transport: Transport = field(default_factory=Transport)
    frames: list[tuple[int, int, bytes]] = field(default_factory=list)

    def on_inbound_frame(self, frame: tuple[int, int, bytes]) -> None:
        """Keep the frame; refuse the channel that the tests call forbidden."""
        if frame[1] == 99:
            raise ValueError("forbidden")
        self.frames.append(frame)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, Connection]]:
    """The broker's end of a connection, and ours."""
    broker, ours = socket.socketpair()
    with broker, ours:
        yield broker, Connection(ours)


def _frame(payload: bytes, channel: int = 1, end: int = 0xCE) -> bytes:
    return struct.pack(">BHI", 1, channel, len(payload)) + payload + bytes([end])


def test_frames_that_come_together_are_taken_with_one_read(ends: tuple[socket.socket, Connection]) -> None:
    """A frame without a payload counts too."""
    broker, connection = ends
    broker.sendall(_frame(b"one") + _frame(b"") + _frame(b"three", 2))
    FrameStream(connection).read()
    assert connection.frames == [(1, 1, b"one"), (1, 1, b""), (1, 2, b"three")]


def test_a_frame_may_come_in_pieces_of_any_size(ends: tuple[socket.socket, Connection]) -> None:
    """Where the network cuts is no concern of the frames."""
    broker, connection = ends
    stream = FrameStream(connection)
    for byte in _frame(b"slow") + _frame(b""):
        broker.sendall(bytes([byte]))
        stream.read()
    assert connection.frames == [(1, 1, b"slow"), (1, 1, b"")]


def test_what_is_left_of_a_frame_goes_back_to_the_library(ends: tuple[socket.socket, Connection]) -> None:
    """py-amqp reads the answer to its good-bye by itself, from the right place on."""
    broker, connection = ends
    stream = FrameStream(connection)
    broker.sendall(_frame(b"whole") + _frame(b"half")[:9])
    stream.read()
    stream.hand_back()
    assert connection.transport._read_buffer == _frame(b"half")[:9]


def test_a_frame_that_fails_does_not_take_the_next_one_with_it(
    ends: tuple[socket.socket, Connection],
) -> None:
    """An error that the broker tells is raised while frames behind it are still to be read."""
    broker, connection = ends
    stream = FrameStream(connection)
    broker.sendall(_frame(b"bad", 99) + _frame(b"good"))
    with pytest.raises(ValueError, match="forbidden"):
        stream.read()
    broker.sendall(_frame(b"more"))
    stream.read()
    assert [payload for _, _, payload in connection.frames] == [b"good", b"more"]


def test_a_frame_without_its_end_is_refused(ends: tuple[socket.socket, Connection]) -> None:
    """Whoever lost the thread must not go on reading."""
    broker, connection = ends
    broker.sendall(_frame(b"wrong", end=0x00))
    with pytest.raises(UnexpectedFrame):
        FrameStream(connection).read()


def test_a_closed_socket_is_an_error(ends: tuple[socket.socket, Connection]) -> None:
    """Nothing more will come, and nobody should wait for it."""
    broker, connection = ends
    broker.close()
    with pytest.raises(ConnectionResetError):
        FrameStream(connection).read()
