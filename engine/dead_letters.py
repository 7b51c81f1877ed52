"""Keep what the broker gave up: from the queue of dead letters into the store, where operators find it."""

import threading
from collections.abc import Callable
from contextlib import suppress

import structlog

from engine import times
from engine.changes import OpenDeadLetter
from engine.errors import BusUnavailable, Conflict, StoreUnavailable
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
                        self._keep(deliveries)
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

    def _keep(self, deliveries: list[Delivery]) -> None:
        now, results = times.text(self._clock.now()), Results()
        results.changes = [_letter(each) for each in deliveries]
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
