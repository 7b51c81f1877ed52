"""What one consumer of the embedded queue holds, and the thread that keeps it from being given to others."""

import threading
from collections.abc import Iterable

from engine.bus import embedded_leases as leases
from engine.bus.embedded_messages import Tag
from engine.bus.embedded_session import Session
from engine.errors import BusUnavailable


class Holding:
    """The deliveries held; renewed while there are any, or while the queue is held alone."""

    def __init__(self, session: Session, owner: str) -> None:
        self.owner = owner
        self.lost = False  # others were given what was held
        self.alone = False  # the queue is this consumer's alone
        self._session = session
        self._tags: dict[int, Tag] = {}  # by message number
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._tags)

    def add(self, tags: Iterable[Tag], *, alone: bool) -> None:
        """Hold these too."""
        with self._lock:
            self._tags.update((tag.number, tag) for tag in tags)
            self.alone = alone
            needed = bool(self._tags) or alone
        if needed and self._thread is None:
            self._thread = threading.Thread(target=self._renew_until_ended, name="queue lease", daemon=True)
            self._thread.start()

    def numbers(self, tags: Iterable[Tag]) -> list[int]:
        """The messages of these deliveries; what was settled before, or never held, is left out."""
        return [tag.number for tag in dict.fromkeys(tags) if self._tags.get(tag.number) == tag]

    def remove(self, numbers: Iterable[int]) -> None:
        """Hold these no longer."""
        with self._lock:
            for number in numbers:
                self._tags.pop(number, None)

    def end(self) -> None:
        """Stop renewing."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(leases.RENEWAL):
            with self._lock:
                if self._tags or self.alone:
                    self._renew()

    def _renew(self) -> None:
        try:
            with self._session.write() as connection:
                known = leases.renew(self._session, connection, self.owner)
        except BusUnavailable:
            return  # the next renewal may come in time; if not, the lease is over and this is found out then
        if not known:
            self.lost = bool(self._tags)
            self.alone = False
