"""The claims of one worker: renewed while it works on them, and lost when that comes too late."""

import threading
import time
from collections.abc import Callable, Iterable

import structlog

from engine.claims import Claimed
from engine.errors import StoreUnavailable
from engine.ports import Clock
from engine.retrying import Delays
from engine.store.claiming import Hint, claim, foreign, renew
from engine.store.database import Database
from engine.store.database_time import now

log = structlog.get_logger()
_RENEWALS = 3  # in the time that a claim lasts
_DECIDED_WITHIN = 20  # claims: a report that the engine has not seen by then may be lost


class Claims:
    """The claims of one worker; its threads share it."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        delays: Delays,
        connector: str,
        worker: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._clock, self._delays = database, clock, delays
        self._connector, self._worker, self._monotonic = connector, worker, monotonic
        self._lock = threading.Lock()
        self._until: dict[Hint, float] = {}
        self._reported: dict[Hint, float] = {}  # until when they are prolonged

    def take(self, hints: Iterable[Hint]) -> list[Claimed]:
        """Claim what is still to be done of the hints, in one transaction."""
        begun, wanted = self._monotonic(), list(hints)
        with self._database.write() as connection:
            time_of_day = now(connection, self._clock)
            taken = claim(connection, wanted, self._connector, self._worker, time_of_day, self._delays)
            if len(taken) < len(wanted) and (others := foreign(connection, wanted, self._connector)):
                log.warning("connector.not_ours", connector=self._connector, exports=others[:20])
        with self._lock:
            self._until |= {each.hint: begun + self._delays.claim for each in taken}
        return taken

    def holds(self, claimed: Claimed) -> bool:
        """Whether nobody else can have the attempt by now."""
        with self._lock:
            return self._until.get(claimed.hint, 0.0) > self._monotonic()

    def release(self, claimed: Iterable[Claimed]) -> None:
        """These attempts are over and reported; the claims last until the engine has decided what that means."""
        with self._lock:
            for each in claimed:
                if self._until.pop(each.hint, None) is not None:
                    self._reported[each.hint] = self._monotonic() + _DECIDED_WITHIN * self._delays.claim

    def drop(self, claimed: Iterable[Claimed]) -> None:
        """Nothing will be reported of these attempts: their claims run out, and then the ERP is asked."""
        with self._lock:
            for each in claimed:
                self._until.pop(each.hint, None)

    def drop_all(self) -> None:
        """Hold nothing any more, so that nothing more is sent."""
        with self._lock:
            self._until.clear()

    def renew(self) -> None:
        """Prolong what is held; what has run out stays lost, for another may have it."""
        begun = self._monotonic()
        with self._lock:
            self._until = {hint: until for hint, until in self._until.items() if until > begun}
            self._reported = {hint: until for hint, until in self._reported.items() if until > begun}
            held = list(self._until)
            asked = [*held, *self._reported]
        if not asked:
            return
        with self._database.write() as connection:
            ours = renew(connection, asked, self._worker, now(connection, self._clock), self._delays)
        until = begun + self._delays.claim
        with self._lock:
            for hint in asked:
                if hint not in ours:
                    self._forget(hint)
            if self._monotonic() < until:
                self._until |= {hint: until for hint in held if hint in self._until}

    def _forget(self, hint: Hint) -> None:
        self._reported.pop(hint, None)
        if self._until.pop(hint, None) is not None:
            log.warning("connector.claim_lost", export=hint[0], attempt=hint[1])

    def keep(self, stop: threading.Event) -> None:
        """Renew again and again until `stop`; whatever goes wrong, the claims run out by themselves."""
        while not stop.wait(self._delays.claim / _RENEWALS):
            try:
                self.renew()
            except StoreUnavailable as problem:
                log.warning("connector.renewal_failed", problem=str(problem))
            except Exception:
                log.exception("connector.renewal_failed")
