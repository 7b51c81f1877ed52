"""How another thread ends a wait on sockets."""

import contextlib
import socket


class Waker:
    """Readable from `wake` to `clear`, so that a wake just before the wait is not lost."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def fileno(self) -> int:
        """What to poll."""
        return self._reader.fileno()

    def wake(self) -> None:
        """May be called from any thread, also after the end."""
        with contextlib.suppress(OSError):  # full: the wait ends anyway; closed: nobody waits
            self._writer.send(b"!")

    def clear(self) -> bool:
        """Forget the wakes until now; whether there were any."""
        try:
            return bool(self._reader.recv(4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        """Nobody waits any more."""
        self._reader.close()
        self._writer.close()
