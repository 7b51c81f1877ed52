"""What one consumer of the embedded queue holds, and the thread that keeps it from being given to others."""

import threading
from collections.abc import Iterable

from engine.bus import embedded_leases as leases
from engine.bus.embedded_session import Session
from engine.errors import BusUnavailable


class Holding:
    """The numbers of the messages held; renewed while there are any, or while the queue is held alone."""

    def __init__(self, session: Session, owner: str) -> None:
        self.owner = owner
        self.lost = False  # others were given what was held
        self._session = session
        self._numbers: set[int] = set()
        self._alone = False
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, numbers: Iterable[int], *, alone: bool) -> None:
        """Hold these too; `alone` says whether the queue is this consumer's alone."""
        with self._lock:
            self._numbers.update(numbers)
            self._alone = alone
            needed = bool(self._numbers) or alone
        if needed and self._thread is None:
            self._thread = threading.Thread(target=self._renew_until_ended, name="queue lease", daemon=True)
            self._thread.start()

    def only(self, numbers: Iterable[int]) -> list[int]:
        """Those of the numbers that are held; what was settled before, or never held, is left out."""
        return [number for number in dict.fromkeys(numbers) if number in self._numbers]

    def remove(self, numbers: Iterable[int]) -> None:
        """Hold these no longer."""
        with self._lock:
            self._numbers.difference_update(numbers)

    def end(self) -> None:
        """Stop renewing."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _renew_until_ended(self) -> None:
        while not self._ended.wait(leases.RENEWAL):
            with self._lock:
                if self._numbers or self._alone:
                    self._renew()

    def _renew(self) -> None:
        try:
            with self._session.write() as connection:
                known = leases.renew(self._session, connection, self.owner)
        except BusUnavailable:
            return  # the next renewal may come in time; if not, the lease is over and this is found out then
        if not known:
            self.lost = bool(self._numbers)
            self._alone = False
