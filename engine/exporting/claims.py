"""The claims of one worker: renewed while it works on them, and lost when that comes too late."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence

import structlog

from engine import times
from engine.claims import Claimed
from engine.errors import Conflict, StoreUnavailable
from engine.ports import Clock
from engine.retrying import Delays
from engine.store.claiming import Hint, claim, renew
from engine.store.database import Database

log = structlog.get_logger()
_RENEWALS = 3  # in the time that a claim lasts


class Claims:
    """The claims of one worker; its threads share it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        delays: Delays,
        worker: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._clock, self._delays, self._worker = database, clock, delays, worker
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._until: dict[Hint, float] = {}
        self._reported: set[Hint] = set()

    def take(self, hints: Iterable[Hint]) -> list[Claimed]:
        """Claim what is still to be done of the hints, in one transaction."""
        begun = self._monotonic()
        with self._database.write() as connection:
            now = times.text(self._clock.now())
            taken = claim(connection, list(hints), self._worker, now, self._delays)
        with self._lock:
            self._until |= {_hint(each): begun + self._delays.claim for each in taken}
        return taken

    def holds(self, claimed: Claimed) -> bool:
        """Whether nobody else can have the attempt by now."""
        with self._lock:
            return self._until.get(_hint(claimed), 0.0) > self._monotonic()

    def release(self, claimed: Sequence[Claimed]) -> None:
        """These attempts are over and reported; the claims last until the engine has decided what that means."""
        with self._lock:
            for each in claimed:
                if self._until.pop(_hint(each), None) is not None:
                    self._reported.add(_hint(each))

    def renew(self) -> None:
        """Prolong what is held; what has run out stays lost, for another may have it."""
        begun = self._monotonic()
        with self._lock:
            held = [hint for hint, until in self._until.items() if until > begun]
            reported = list(self._reported)
        if not held and not reported:
            return
        with self._database.write() as connection:
            now = times.text(self._clock.now())
            ours = renew(connection, [*held, *reported], self._worker, now, self._delays)
        with self._lock:
            self._reported -= {hint for hint in reported if hint[0] not in ours}
            if self._monotonic() < begun + self._delays.claim:
                self._until |= {hint: begun + self._delays.claim for hint in held if hint in self._until}

    def keep(self, stop: threading.Event) -> None:
        """Renew again and again until `stop`; a missing database is waited for."""
        while not stop.wait(self._delays.claim / _RENEWALS):
            try:
                self.renew()
            except (StoreUnavailable, Conflict) as problem:
                log.warning("connector.renewal_failed", problem=str(problem))


def _hint(claimed: Claimed) -> Hint:
    return claimed.export.key, claimed.export.attempt
