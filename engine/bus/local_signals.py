"""Wake-ups between the processes of one machine, by datagrams to Unix sockets in a common directory."""

import hashlib
import os
import secrets
import select
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from engine.bus.waker import Waker
from engine.errors import Misconfigured

_LONGEST_PATH: Final = 107  # bytes that the kernel takes for a socket
_NAME_LENGTH: Final = 36  # channel, process and a random part


class LocalSignals:
    """A listener is one socket for each channel; whoever notifies sends one byte to all sockets of it."""

    def __init__(self, directory: Path) -> None:
        self._directory = _short(directory.absolute() / "signals")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._directory.stat().st_uid != os.getuid():
            raise Misconfigured(
                [f"the directory {self._directory} belongs to somebody else: remove it or set TMPDIR"]
            )
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)

    def notify(self, channel: str) -> None:
        """Wake every listener of the channel, in whatever process it waits."""
        for path in self._directory.glob(f"{_prefix(channel)}*"):
            self._poke(path)

    def _poke(self, path: Path) -> None:
        try:
            self._sender.sendto(b"!", str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)  # its process was killed
        except (BlockingIOError, FileNotFoundError):
            return  # it has a full mailbox and so will wake, or it has just left

    def listener(self, channels: Iterable[str]) -> "LocalListener":
        """Begin to listen on these channels."""
        return LocalListener(self._directory, channels)

    def close(self) -> None:
        """Leave."""
        self._sender.close()


class LocalListener:
    """Waits for a datagram on any of its sockets."""

    def __init__(self, directory: Path, channels: Iterable[str]) -> None:
        self._sockets: list[socket.socket] = []
        self._paths: list[Path] = []
        self._poll = select.poll()
        for channel in channels:
            path = directory / f"{_prefix(channel)}{os.getpid():x}.{secrets.token_hex(5)}"
            self._add(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), path)
        self._waker = Waker()
        self._poll.register(self._waker, select.POLLIN)

    def _add(self, receiver: socket.socket, path: Path) -> None:
        receiver.setblocking(False)
        receiver.bind(str(path))
        self._paths.append(path)
        self._sockets.append(receiver)
        self._poll.register(receiver, select.POLLIN)

    def wait(self, timeout: float) -> bool:
        """Return at once when something was notified since the last wait; False when the time is over."""
        if not self._poll.poll(max(0.0, timeout) * 1000):
            return False
        for receiver in self._sockets:
            _drain(receiver)
        self._waker.clear()
        return True

    def wake(self) -> None:
        """Make the waiting thread return now, or its next wait; may be called from any thread."""
        self._waker.wake()

    def close(self) -> None:
        """Stop listening."""
        for path in self._paths:
            path.unlink(missing_ok=True)
        for receiver in self._sockets:
            receiver.close()
        self._waker.close()


def _drain(receiver: socket.socket) -> None:
    try:
        while True:
            receiver.recv(16)
    except BlockingIOError:
        return


def _prefix(channel: str) -> str:
    return hashlib.sha256(channel.encode()).hexdigest()[:16] + "."


def _short(directory: Path) -> Path:
    if len(os.fsencode(directory)) + _NAME_LENGTH <= _LONGEST_PATH:
        return directory
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"countersign-{os.getuid()}-{name}"
