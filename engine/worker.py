"""The engine's loop: take a batch of commands, decide it in one transaction, then acknowledge."""

import threading
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby

import structlog

from engine import times
from engine.changes import OpenDeadLetter
from engine.errors import BusUnavailable, Conflict, CountersignError, StoreUnavailable
from engine.pacing import Pace
from engine.ports import Bus, Clock, Consumer, Delivery
from engine.retrying import backoff
from engine.service.batch import Results, Rules, handle, write
from engine.service.release import release
from engine.store import suspects
from engine.store.database import Database
from engine.store.ledger import StoreLedger, anything_to_release
from engine.topology import COMMANDS

log = structlog.get_logger()
_IDLE_S = 1.0
_ALONE_AFTER = 3  # deliveries: whoever may have killed a worker thrice runs alone
_CONFLICTS = 100  # of one command with other transactions
_TRIES = 3  # of one command that fails by a bug of ours


class Worker:
    """Consumes the command queue; any number may stand by, one is active."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        rules: Rules,
        clock: Clock,
        *,
        batch: int = 250,
        prefetch: int = 1000,
        poison_starts: int = 5,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._bus, self._database, self._rules, self._clock = bus, database, rules, clock
        self._batch, self._prefetch, self._poison_starts = batch, prefetch, poison_starts
        self._committed = committed  # tells the relay that there is something to publish
        self._consumer: Consumer | None = None
        self._pace = Pace()
        self._releasing = True  # something that waits may go on
        self._suspect: Delivery | None = None
        self._starts = 0  # of the suspect, by this and earlier processes

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a missing database or broker is waited for."""
        failures = 0
        while not stop.is_set():
            try:
                self._consume(stop)
                failures = 0
            except (BusUnavailable, StoreUnavailable) as problem:
                failures += 1
                log.warning("engine.waiting", problem=str(problem))
                stop.wait(backoff(failures))
            finally:
                self._leave()
        log.info("engine.stopped")

    def wake(self) -> None:
        """Make a waiting worker look at `stop` now."""
        if consumer := self._consumer:
            consumer.wake()

    def _leave(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            try:
                consumer.close()
            except BusUnavailable as problem:
                log.info("engine.left", problem=str(problem))  # the broker requeues what was not acknowledged

    def _consume(self, stop: threading.Event) -> None:
        consumer = self._consumer = self._bus.consumer(COMMANDS, self._prefetch)
        self._releasing = True
        while not stop.is_set():
            wait = 0.0 if self._releasing else _IDLE_S
            deliveries = self._pace.receive(consumer, self._batch, wait, stop)
            for alone, group in groupby(deliveries, lambda each: each.earlier >= _ALONE_AFTER):
                self._settle(consumer, list(group), stop, alone=alone)
            if self._releasing or not deliveries:
                self._stored(self._release, stop)

    def _settle(
        self, consumer: Consumer, group: list[Delivery], stop: threading.Event, *, alone: bool
    ) -> None:
        if not alone:
            self._stored(partial(self._handle, group, stop), stop)
            consumer.ack(group)
            return
        for each in group:
            self._stored(partial(self._alone, each, stop), stop)
            consumer.ack([each])

    def _stored(self, action: Callable[[], None], stop: threading.Event) -> None:
        """Wait for the database with the messages in hand: giving them back would count as an attempt of theirs."""
        failures = 0
        while True:
            try:
                return action()
            except StoreUnavailable as problem:
                failures += 1
                log.warning("engine.waiting", problem=str(problem))
                if stop.wait(backoff(failures)):
                    raise

    def _handle(self, deliveries: Sequence[Delivery], stop: threading.Event) -> None:
        """One transaction for all; if that fails, one for each, so that one bad command spoils no other."""
        try:
            self._transact(deliveries)
        except StoreUnavailable:
            raise
        except Conflict:
            for each in deliveries:
                self._single(each, stop)
        except Exception:
            log.exception("engine.batch_failed", size=len(deliveries))
            for each in deliveries:
                self._single(each, stop)

    def _transact(self, deliveries: Sequence[Delivery]) -> None:
        with self._database.write() as connection:
            ledger = StoreLedger(connection, self._rules.delays)
            handle(ledger, [each.message for each in deliveries], self._rules, times.text(self._clock.now()))
        self._releasing = self._releasing or ledger.releases
        self._committed()

    def _single(self, delivery: Delivery, stop: threading.Event) -> None:
        failures = conflicts = 0
        while True:
            try:
                return self._transact([delivery])
            except Conflict as problem:
                conflicts += 1
                log.info("engine.conflict", problem=str(problem), conflicts=conflicts)
                if stop.wait(0.01):
                    raise StoreUnavailable("stopped while another transaction was first") from problem
                if (
                    conflicts == _CONFLICTS
                ):  # nobody is first a hundred times: a key refuses what a guard let pass
                    return self._give_up([delivery], "bug", str(problem), traceback.format_exc())
            except StoreUnavailable:
                raise
            except Exception as problem:
                failures += 1
                log.exception("engine.command_failed", attempt=failures)
                if failures == _TRIES:
                    return self._give_up(
                        [delivery], "bug", str(problem) or type(problem).__name__, traceback.format_exc()
                    )

    def _alone(self, delivery: Delivery, stop: threading.Event) -> None:
        """Run a suspect by itself; it is counted before it starts, so that only the guilty one climbs."""
        if self._suspect is not delivery:  # else it is the database that failed, not the message
            with self._database.write() as connection:
                self._starts = suspects.start(connection, delivery.message)
            self._suspect = delivery
        if self._starts > self._poison_starts:
            text = f"the program ended {self._starts - 1} times while this message was handled"
            self._give_up([delivery], "poison", text, None)
        else:
            self._single(delivery, stop)
        with self._database.write() as connection:
            suspects.clear(connection, delivery.message)

    def _give_up(self, deliveries: Sequence[Delivery], reason: str, text: str, trace: str | None) -> None:
        results = Results()
        results.changes = [
            OpenDeadLetter(
                "message",
                reason,
                "bug",
                text,
                traceback=trace,
                original=each.message,
                queue=COMMANDS,
                attempts=each.earlier + 1,
            )
            for each in deliveries
        ]
        now = times.text(self._clock.now())
        with self._database.write() as connection:
            write(StoreLedger(connection, self._rules.delays), results, now)
        self._committed()

    def _release(self) -> None:
        """One chunk of what may go on; the commands that came meanwhile are next, then the next chunk."""
        with self._database.read() as connection:
            self._releasing = anything_to_release(connection)
        if not self._releasing:
            return
        try:
            with self._database.write() as connection:
                now = times.text(self._clock.now())
                released = release(StoreLedger(connection, self._rules.delays), self._rules, now)
        except Conflict as problem:
            log.info("engine.conflict", problem=str(problem))  # the next turn tries again
            return
        except CountersignError:
            raise
        except Exception:
            self._releasing = False  # commands go on; the next idle moment tries again
            log.exception("engine.release_failed")
            return
        if released:
            self._committed()
