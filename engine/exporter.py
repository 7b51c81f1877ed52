"""The connector worker: takes export requests, claims them, asks the ERP, reports what it said."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from uuid import uuid4

import structlog

from engine import times
from engine.claims import Claimed
from engine.errors import BusUnavailable, Conflict, CountersignError, Malformed, StoreUnavailable
from engine.exporting import hints
from engine.exporting.calls import Calls, Patience
from engine.exporting.claims import Claims
from engine.exporting.hints import Backlog, Hinted
from engine.exporting.lanes import Lanes
from engine.exporting.reporter import Reporter
from engine.exporting.reports import Report, failed, outgoing, without_secrets
from engine.exporting.sessions import Resolve, Sessions
from engine.ports import Bus, Clock, Consumer, Outgoing
from engine.ports_export import ErpAuth, ErpError, ExportPort
from engine.retrying import Delays, backoff
from engine.store.database import Database
from engine.topology import exports_queue
from engine.workflow import ItemType

log = structlog.get_logger()
_IDLE_S = 1.0
_QUIET_S = 2.0  # after a refused log-in no other try: by then the engine has stopped the integration
_HELD_BATCHES = 10  # hints held for companies that have no room now


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
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus, self._connector, self._kinds, self._clock = bus, connector, kinds, clock
        self._batch, self._threads, self._monotonic = batch, threads, monotonic
        self._patience = patience or Patience()
        worker = worker or f"{connector.name}-{uuid4().hex[:12]}"
        self._claims = Claims(database, clock, delays, worker, monotonic)
        self._sessions = Sessions(connector, resolve)
        self._refused: dict[str, tuple[float, ErpAuth]] = {}  # company to until when, and why
        self._consumer: Consumer | None = None
        self._stopping = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a missing database or broker is waited for. One run at a time."""
        self._stopping, over = stop, threading.Event()
        self._reporter = Reporter(self._bus, self._outgoing, self._claims.release)
        self._lanes = Lanes(self._deal, self._batch, self._threads, self.wake)
        threads = [
            threading.Thread(target=self._reporter.run, name="export-reports"),
            threading.Thread(target=self._claims.keep, args=(over,), name="export-claims"),
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
        log.info("connector.stopped", connector=self._connector.name)

    def wake(self) -> None:
        """Make a waiting worker look at `stop` and at its companies' room now."""
        if consumer := self._consumer:
            consumer.wake()

    def _serve(self, stop: threading.Event) -> None:
        self._failures = 0
        while not stop.is_set():
            try:
                self._consume(stop)
            except (BusUnavailable, StoreUnavailable) as problem:
                self._failures += 1
                log.warning("connector.waiting", connector=self._connector.name, problem=str(problem))
                stop.wait(backoff(self._failures))
            finally:
                self._leave()

    def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(BusUnavailable):  # the broker gives others what was not acknowledged
                consumer.close()

    def _consume(self, stop: threading.Event) -> None:
        held = _HELD_BATCHES * self._batch
        consumer = self._consumer = self._bus.consumer(exports_queue(self._connector.name), held)
        backlog = Backlog()
        while not stop.is_set():
            for delivery in consumer.receive(self._batch, _IDLE_S):
                try:
                    backlog.add(hints.read(delivery))
                except Malformed as problem:
                    log.warning("connector.unreadable", problem=str(problem))
                    consumer.dead_letter([delivery])
            while not stop.is_set() and (taken := backlog.take(self._rooms(backlog))):
                self._claim(consumer, taken)
            self._failures = 0

    def _rooms(self, backlog: Backlog) -> dict[str, int]:
        waiting = backlog.companies()
        return {each: 0 if self._login_refused(each) else self._lanes.room(each) for each in waiting}

    def _claim(self, consumer: Consumer, taken: Sequence[Hinted]) -> None:
        """Claim in one transaction; a hint is done with once claimed, parked or not ours any more."""
        try:
            claimed = self._claims.take(hints.newest(taken))
        except Conflict:
            return self._claim_singly(consumer, taken)
        except CountersignError:
            raise
        except Exception:
            log.exception("connector.claim_failed", exports=len(taken))
            return self._claim_singly(consumer, taken)
        self._lanes.put(claimed)
        consumer.ack([each.delivery for each in taken])
        return None

    def _claim_singly(self, consumer: Consumer, taken: Sequence[Hinted]) -> None:
        for each in taken:
            try:
                claimed = self._claims.take([each.hint])
            except Conflict:
                consumer.requeue([each.delivery])
            except CountersignError:
                raise
            except Exception:
                log.exception("connector.claim_failed", export=each.hint[0])
                consumer.dead_letter([each.delivery])
            else:
                self._lanes.put(claimed)
                consumer.ack([each.delivery])

    def _deal(self, company: str, group: Sequence[Claimed]) -> None:
        """Ask the ERP for one company's exports; runs in a lane's thread and raises nothing."""
        try:
            self._ask(company, group)
        except ErpError as error:
            self._note_login(company, error)
            self._reporter.put([failed(each, error) for each in group if self._claims.holds(each)])
        except Exception:
            log.exception("connector.bug", company=company)  # the claims run out, and then the ERP is asked

    def _ask(self, company: str, group: Sequence[Claimed]) -> None:
        opened = self._sessions.of(group[-1].company)
        calls = Calls(
            opened.session,
            self._connector.capabilities,
            self._kinds,
            self._patience,
            self._claims.holds,
            self._stopping.is_set,
        )
        calls.outage = self._login_refused(company)
        for reports in calls.reports(group):
            self._reporter.put([without_secrets(report, opened.secrets) for report in reports])
        self._note_login(company, calls.outage)

    def _note_login(self, company: str, error: ErpError | None) -> None:
        if isinstance(error, ErpAuth) and not self._login_refused(company):
            self._refused[company] = (self._monotonic() + _QUIET_S, error)

    def _login_refused(self, company: str) -> ErpAuth | None:
        until, error = self._refused.get(company, (0.0, None))
        return error if until > self._monotonic() else None

    def _outgoing(self, report: Report) -> Outgoing:
        return outgoing(report, self._connector.name, times.text(self._clock.now()))
