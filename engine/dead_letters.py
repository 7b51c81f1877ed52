"""Keep what the broker gave up: from the queue of dead letters into the store, where operators find it."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from engine import times
from engine.changes import OpenDeadLetter
from engine.errors import BusUnavailable, Conflict, StoreUnavailable
from engine.messages import Message
from engine.ports import Bus, Clock, Consumer, Delivery
from engine.retrying import Delays, backoff
from engine.service.batch import Results, write
from engine.store.database import Database
from engine.store.ledger import StoreLedger
from engine.topology import DEAD_LETTERS

log = structlog.get_logger()
_BATCH = 100
_IDLE_S = 1.0


class DeadLetterKeeper:
    """Consumes the queue of dead letters; any number may run."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        clock: Clock,
        delays: Delays,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        self._bus, self._database, self._clock, self._delays = bus, database, clock, delays
        self._committed = committed

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a missing database or broker is waited for."""
        failures = 0
        while not stop.is_set():
            consumer: Consumer | None = None
            try:
                consumer = self._bus.consumer(DEAD_LETTERS, _BATCH * 2)
                while not stop.is_set():
                    if deliveries := consumer.receive(_BATCH, _IDLE_S):
                        self.keep(deliveries, stop)
                        consumer.ack(deliveries)
                        failures = 0
            except (BusUnavailable, StoreUnavailable, Conflict) as problem:
                failures += 1
                log.warning("dead_letters.waiting", problem=str(problem))
                stop.wait(backoff(failures))
            finally:
                if consumer is not None:
                    with suppress(BusUnavailable):  # it is being left because it no longer works
                        consumer.close()

    def keep(self, deliveries: Sequence[Delivery], stop: threading.Event) -> None:
        """All of them in one transaction; if one cannot be kept as it came, each by itself."""
        try:
            self._stored([_letter(each) for each in deliveries], stop)
        except (StoreUnavailable, Conflict):
            raise
        except Exception:
            log.exception("dead_letters.batch_failed", size=len(deliveries))
            for each in deliveries:
                self._keep_alone(each, stop)

    def _keep_alone(self, delivery: Delivery, stop: threading.Event) -> None:
        try:
            self._stored([_letter(delivery)], stop)
        except (StoreUnavailable, Conflict):
            raise
        except Exception:
            log.exception("dead_letters.unreadable", size=len(delivery.message.body))
            self._stored([_poor(delivery)], stop)

    def _stored(self, letters: list[OpenDeadLetter], stop: threading.Event) -> None:
        """Wait for the database with the messages in hand: giving them back would only move them around."""
        failures = 0
        while True:
            try:
                return self._write(letters)
            except (StoreUnavailable, Conflict) as problem:
                failures += 1
                log.warning("dead_letters.waiting", problem=str(problem))
                if stop.wait(backoff(failures)):
                    raise

    def _write(self, letters: list[OpenDeadLetter]) -> None:
        now, results = times.text(self._clock.now()), Results()
        results.changes = [*letters]
        with self._database.write() as connection:
            write(StoreLedger(connection, self._delays), results, now)
        self._committed()


def _letter(delivery: Delivery) -> OpenDeadLetter:
    reason = delivery.reason or "rejected"
    queue = delivery.queue or "an unknown queue"
    text = {
        "delivery_limit": f"given up after too many deliveries from {queue}",
        "rejected": f"a consumer of {queue} could not read it",
        "expired": f"it expired in {queue}",
        "maxlen": f"{queue} was full",
    }.get(reason, f"the broker gave it up: {reason}")
    return OpenDeadLetter(
        kind="message",
        reason="poison" if reason == "delivery_limit" else reason,
        error_class="poison" if reason == "delivery_limit" else "malformed",
        message=text,
        attempts=delivery.earlier + 1,
        original=delivery.message,
        queue=delivery.queue,
    )


def _poor(delivery: Delivery) -> OpenDeadLetter:
    """What can be kept of any message at all."""
    return OpenDeadLetter(
        kind="message",
        reason="unreadable",
        error_class="malformed",
        message="the broker gave it up, and its headers cannot be kept: only its body is here",
        original=Message(delivery.message.body),
    )
