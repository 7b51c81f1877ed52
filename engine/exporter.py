"""The connector worker: takes export requests, claims them, asks the ERP, reports what it said."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from uuid import uuid4

import structlog

from engine import times
from engine.claims import Claimed
from engine.errors import BusUnavailable, Conflict, CountersignError, Malformed, StoreUnavailable
from engine.exporting import hints
from engine.exporting.calls import Patience
from engine.exporting.claims import Claims
from engine.exporting.dealing import Dealer
from engine.exporting.hints import Backlog, Hinted, deliveries_of
from engine.exporting.lanes import Lanes
from engine.exporting.outgoing import outgoing
from engine.exporting.reporter import Reporter
from engine.exporting.reports import Report
from engine.exporting.sessions import Resolve, Sessions
from engine.pacing import Pace
from engine.ports import Bus, Clock, Consumer, Delivery, Outgoing
from engine.ports_export import ExportPort
from engine.retrying import Delays, backoff
from engine.store.claiming import Hint
from engine.store.database import Database
from engine.topology import exports_queue
from engine.workflow import ItemType

log = structlog.get_logger()
_IDLE_S = 1.0
_CONFLICT_S = 0.01
_HELD_BATCHES = 10  # hints that the broker hands over before the first is acknowledged
_LARGEST = 1024**2  # bytes of a command


class Exporter:
    """Any number may run for one connector; an attempt is claimed by one of them."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        connector: ExportPort,
        kinds: Mapping[str, ItemType],
        clock: Clock,
        delays: Delays,
        *,
        resolve: Resolve = dict,
        batch: int = 200,
        threads: int = 16,
        worker: str | None = None,
        patience: Patience | None = None,
        message_limit: int = _LARGEST,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus, self._name, self._clock = bus, connector.name, clock
        self._batch, self._threads, self._message_limit = batch, threads, message_limit
        self._backlog = Backlog()
        self._consumer: Consumer | None = None
        self._pace = Pace()
        self._stopping = threading.Event()
        self._broken: Exception | None = None  # why a thread of this worker ended
        worker = worker or f"{connector.name}-{uuid4().hex[:12]}"
        self._claims = Claims(database, clock, delays, connector.name, worker, monotonic)
        self._sessions = Sessions(connector, resolve)
        self._dealer_of = partial(
            Dealer, connector, kinds, patience or Patience(), self._claims, self._sessions, monotonic
        )

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a missing database or broker is waited for. One run at a time."""
        self._stopping, over = stop, threading.Event()
        self._reporter = Reporter(self._bus, self._outgoing, self._claims.release, self._claims.drop)
        self._dealer = self._dealer_of(self._reporter.put, stop.is_set)
        self._lanes = Lanes(self._dealer.deal, self._batch, self._threads, self.wake)
        threads = [
            threading.Thread(target=self._guarded, args=(each,), name=name)
            for name, each in (
                ("export-reports", self._reporter.run),
                ("export-claims", partial(self._claims.keep, over)),
            )
        ]
        for thread in threads:
            thread.start()
        try:
            self._serve(stop)
        finally:
            self._lanes.close()
            self._reporter.finish()
            over.set()
            for thread in threads:
                thread.join()
            self._sessions.close_all()
        log.info("connector.stopped", connector=self._name)

    def wake(self) -> None:
        """Make a waiting worker look at `stop` and at its companies' room now."""
        if consumer := self._consumer:
            consumer.wake()

    def _guarded(self, work: Callable[[], None]) -> None:
        """Without its threads a worker is none: nothing more is sent, and the role fails."""
        try:
            work()
        except Exception as problem:
            log.exception("connector.broken", connector=self._name)
            self._broken = problem
            self._claims.drop_all()
            self.wake()

    def _serve(self, stop: threading.Event) -> None:
        self._failures = 0
        while not stop.is_set():
            try:
                self._consume(stop)
            except (BusUnavailable, StoreUnavailable) as problem:
                self._failures += 1
                log.warning("connector.waiting", connector=self._name, problem=str(problem))
                stop.wait(backoff(self._failures))
            finally:
                self._leave()

    def _leave(self) -> None:
        self._backlog.disconnect()
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(BusUnavailable):  # the broker gives others what was not acknowledged
                consumer.close()

    def _consume(self, stop: threading.Event) -> None:
        prefetch = _HELD_BATCHES * self._batch
        consumer = self._consumer = self._bus.consumer(exports_queue(self._name), prefetch)
        while not stop.is_set():
            self._look()
            for delivery in self._pace.receive(consumer, self._batch, _IDLE_S, stop):
                self._keep(consumer, delivery)
            while not stop.is_set() and (taken := self._backlog.take(self._rooms())):
                self._claim(consumer, taken)
            if self._backlog.unacknowledged > prefetch // 2:
                consumer.ack(self._backlog.let_go())  # else the broker would bring nobody's any more
            self._failures = 0

    def _look(self) -> None:
        if self._broken is not None:
            raise RuntimeError(f"the connector {self._name} lost a thread of its own") from self._broken

    def _keep(self, consumer: Consumer, delivery: Delivery) -> None:
        try:
            self._backlog.add(hints.read(delivery))
        except Malformed as problem:
            log.warning("connector.unreadable", problem=str(problem))
            consumer.dead_letter([delivery])

    def _rooms(self) -> dict[str, int]:
        refused, room = self._dealer.login_refused, self._lanes.room
        return {each: 0 if refused(each) else room(each) for each in self._backlog.companies()}

    def _claim(self, consumer: Consumer, taken: Sequence[Hinted]) -> None:
        """Claim in one transaction; a hint is done with once claimed, parked or not ours."""
        try:
            claimed = self._claimed([each.hint for each in taken])
        except CountersignError:
            raise
        except Exception:
            log.exception("connector.claim_failed", exports=len(taken))
            return self._claim_singly(consumer, taken)
        self._lanes.put(claimed)
        consumer.ack(deliveries_of(taken))
        return None

    def _claim_singly(self, consumer: Consumer, taken: Sequence[Hinted]) -> None:
        for each in taken:
            try:
                claimed = self._claimed([each.hint])
            except CountersignError:
                raise
            except Exception:
                log.exception("connector.claim_failed", export=each.hint[0])
                consumer.dead_letter(each.deliveries)
            else:
                self._lanes.put(claimed)
                consumer.ack(each.deliveries)

    def _claimed(self, wanted: Sequence[Hint]) -> list[Claimed]:
        """Wait for the database with the hints in hand: giving them back would count as a delivery of theirs."""
        failures = 0
        while True:
            try:
                return self._claims.take(wanted)
            except Conflict:
                pause = _CONFLICT_S  # another transaction was first
            except StoreUnavailable as problem:
                failures += 1
                pause = backoff(failures)
                log.warning("connector.waiting", connector=self._name, problem=str(problem))
            self._look()
            if self._stopping.wait(pause):
                raise StoreUnavailable("stopped before the database could be used")

    def _outgoing(self, report: Report) -> Outgoing:
        return outgoing(report, self._name, times.text(self._clock.now()), self._message_limit)
