"""The relay: from the outbox to the bus, in order; a row leaves only when the broker has the message."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

import structlog

from engine.bus.signal import Signals
from engine.errors import BusUnavailable, StoreUnavailable
from engine.pacing import Pace
from engine.ports import Bus, Outgoing, Publisher
from engine.retrying import backoff
from engine.service.record import BUCKETS
from engine.store import outbox
from engine.store.database import Database
from engine.store.leader import Leadership
from engine.topology import topology

log = structlog.get_logger()
OUTBOX = "outbox"  # the signal's channel
_IDLE_S = 1.0


class Relay:
    """Publishes the outbox; others stand by until it leaves."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        signals: Signals,
        connectors: Callable[[], Iterable[str]],
        batch: int = 1000,
    ) -> None:
        self._bus, self._database, self._signals, self._batch = bus, database, signals, batch
        self._pace = Pace()
        self._connectors = connectors  # whose queues have to exist

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; while the broker or the database is away the rows stay where they are."""
        failures = 0
        listener = self._signals.listener((OUTBOX,))
        publisher: Publisher | None = None
        try:
            with Leadership(self._database, "relay") as leadership:
                while not stop.is_set():
                    try:
                        publisher = publisher or self._bus.publisher()
                        if not leadership.held() or not self._work(publisher, stop):
                            listener.wait(_IDLE_S)
                        failures = 0
                    except (BusUnavailable, StoreUnavailable) as problem:
                        failures += 1
                        log.warning("relay.waiting", problem=str(problem))
                        _leave(publisher)
                        publisher = None
                        stop.wait(backoff(failures))
        finally:
            _leave(publisher)
            listener.close()

    def _work(self, publisher: Publisher, stop: threading.Event) -> int:
        self._pace.rest(stop)
        if done := self.step(publisher):
            self._pace.worked()
        return done

    def step(self, publisher: Publisher) -> int:
        """Publish one batch; returns how many messages left the outbox."""
        with self._database.read() as connection:
            rows = outbox.pending(connection, self._batch, (0, BUCKETS))
        if not rows:
            return 0
        safe = publisher.publish([message for _, message in rows])
        if not all(safe):
            self._declare_again([row[1] for row, ok in zip(rows, safe, strict=True) if not ok])
        done = _until_first_unsafe(rows, safe)
        if done:
            with self._database.write() as connection:
                outbox.published(connection, done)
        return len(done)

    def _declare_again(self, returned: list[Outgoing]) -> None:
        """A queue that has to have these messages is missing: make it, then they are tried again."""
        log.warning("relay.returned", messages=len(returned), routing_key=returned[0].routing_key)
        asked = {parts[1] for each in returned if (parts := each.routing_key.split("."))[0] == "export"}
        self._bus.declare(topology({*self._connectors(), *asked}))


def _until_first_unsafe(rows: list[tuple[int, Outgoing]], safe: list[bool]) -> list[int]:
    # What came after a returned message stays too: it may be a later event of the same item.
    for index, ok in enumerate(safe):
        if not ok:
            return [number for number, _ in rows[:index]]
    return [number for number, _ in rows]


def _leave(publisher: Publisher | None) -> None:
    if publisher is not None:
        with suppress(BusUnavailable):  # it is being left because it no longer works
            publisher.close()
