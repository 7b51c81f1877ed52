"""The scheduler: exports whose time has come, waits met unseen, and the daily summaries."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from engine.changes import Decision
from engine.errors import Conflict, StoreUnavailable
from engine.ports import Clock
from engine.retrying import Delays, backoff
from engine.service.batch import Results, export_events, write
from engine.service.due import due
from engine.store import database_time
from engine.store.database import Database
from engine.store.due import due_exports, met_unseen, sweep
from engine.store.ledger import StoreLedger

log = structlog.get_logger()
_TICK_S = 1.0
_SWEEP_EVERY = 60  # ticks
_CHUNK = 250


class Scheduler:
    """Any number may run: rows are locked while they are handled, and what is due once is due once."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        delays: Delays,
        claiming: Collection[str],
        *,
        summaries: Callable[[datetime], int] = lambda _: 0,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database, self._clock, self._delays, self._claiming = database, clock, delays, claiming
        self._summaries, self._committed = summaries, committed
        self._unswept = False  # it is time, and another transaction was first

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a missing database is waited for."""
        failures, tick = 0, 0
        while not stop.is_set():
            try:
                self.step(sweeping=tick % _SWEEP_EVERY == 0)
                tick, failures = tick + 1, 0
                stop.wait(_TICK_S)
            except StoreUnavailable as problem:
                failures += 1
                log.warning("scheduler.waiting", problem=str(problem))
                stop.wait(backoff(failures))

    def step(self, *, sweeping: bool = False) -> None:
        """Do what is due now; one part that fails keeps no other from its work."""
        self._unswept = self._unswept or sweeping
        self._part("exports", self._all_exports)
        if self._unswept:
            self._unswept = not self._part("sweep", self._sweep)
        self._part("summaries", self._daily)

    def _part(self, name: str, work: Callable[[], None]) -> bool:
        """Do it; False if another transaction was first, so that the next tick does it."""
        try:
            work()
        except StoreUnavailable:
            raise
        except Conflict as problem:
            log.info("scheduler.conflict", part=name, problem=str(problem))
            return False
        except Exception:
            log.exception("scheduler.failed", part=name)
        return True

    def _all_exports(self) -> None:
        while self._exports():
            pass

    def _daily(self) -> None:
        if self._summaries(self._clock.now()):
            self._committed()

    def _exports(self) -> bool:
        """One chunk of due exports; whether there may be more."""
        with self._database.read() as connection:
            now = database_time.now(connection, self._clock)  # claims were given by the same clock
            if not due_exports(connection, now, 1):
                return False
        with self._database.write() as connection:
            found = due_exports(connection, now, _CHUNK)
            results = Results()
            for export, item, company in found:
                changes = due(export, item, self._claiming, now, self._delays)
                results.changes += changes
                results.publications += export_events(company, Decision(item, changes=tuple(changes)), now)
            write(StoreLedger(connection, self._delays), results, now)
        if found:
            log.info("scheduler.due", exports=len(found))
            self._committed()
        return len(found) == _CHUNK

    def _sweep(self) -> None:
        with self._database.read() as connection:
            found = met_unseen(connection)
        if not found:
            return
        with self._database.write() as connection:
            sweep(connection, found)
        log.warning("scheduler.swept", needs=len(found))
