"""The scheduler: exports whose time has come, waits met unseen, and the daily summaries."""

import threading
from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from engine import times
from engine.changes import Decision
from engine.errors import Conflict, StoreUnavailable
from engine.ports import Clock
from engine.retrying import Delays, backoff
from engine.service.batch import Results, export_events, write
from engine.service.due import due
from engine.store.database import Database
from engine.store.due import due_exports, sweep
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
        """Do what is due now."""
        while self._exports():
            pass
        if sweeping:
            self._sweep()
        if self._summaries(self._clock.now()):
            self._committed()

    def _exports(self) -> bool:
        """One chunk of due exports; whether there may be more."""
        now = times.text(self._clock.now())
        with self._database.read() as connection:
            if not due_exports(connection, now, 1):
                return False
        try:
            with self._database.write() as connection:
                found = due_exports(connection, now, _CHUNK)
                results = Results()
                for export, item, company in found:
                    changes = due(export, item, self._claiming, now, self._delays)
                    results.changes += changes
                    results.publications += export_events(
                        company, Decision(item, changes=tuple(changes)), now
                    )
                write(StoreLedger(connection, self._delays), results, now)
        except Conflict:
            return False  # the engine was first; the next tick looks again
        if found:
            log.info("scheduler.due", exports=len(found))
            self._committed()
        return len(found) == _CHUNK

    def _sweep(self) -> None:
        with self._database.write() as connection:
            found = sweep(connection)
        if found:
            log.warning("scheduler.swept", needs=found)
