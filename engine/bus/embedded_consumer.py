"""Consuming from the embedded queue."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from sqlalchemy import Connection

from engine.bus import embedded_leases as leases
from engine.bus import embedded_messages as rows
from engine.bus.embedded_holding import Holding
from engine.bus.embedded_messages import Dead
from engine.bus.embedded_routing import Routing
from engine.bus.embedded_session import Session, channel
from engine.errors import BusUnavailable
from engine.ports import Delivery, Queue

_LOOK_ANYWAY: Final = 1.0  # seconds; a signal may be lost, and a killed consumer gives none


class EmbeddedConsumer:
    """Holds what it received under a lease until it is settled; used by one thread, woken from any."""

    def __init__(self, session: Session, routing: Routing, queue: Queue, prefetch: int) -> None:
        self._session = session
        self._routing = routing
        self._queue = queue
        self._prefetch = prefetch
        self._holding = Holding(session, uuid.uuid4().hex)
        self._woken = threading.Event()
        self._closed = False
        self._listener = session.signals.listener([channel(queue.name)])
        try:
            self._take(0)
        except BusUnavailable:
            self._listener.close()
            raise

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """Take up to `limit` messages; wait at most `wait` seconds for the first, not for more."""
        deadline = time.monotonic() + wait
        told = False
        while True:
            received = self._take(limit, told=told)
            left = deadline - time.monotonic()
            if received or left <= 0 or self._woken.is_set():
                self._woken.clear()
                return received
            told = self._listener.wait(min(left, _LOOK_ANYWAY))

    def _take(self, limit: int, *, told: bool = False) -> list[Delivery]:
        if self._holding.lost:
            raise BusUnavailable(
                f"this consumer of {self._queue.name} was silent for too long, and others were given "
                "what it held: consume again"
            )
        if not (told and self._is_served()) and not self._worth_claiming():
            return []
        with self._session.write() as connection:
            freed = self._free_what_expired(connection)
            active = self._is_active(connection)
            received = self._claim(connection, limit) if active else []
            if received or (active and self._queue.single_active_consumer):
                self._stay_alive(connection)
        self._holding.add(
            (delivery.tag for delivery in received), alone=active and self._queue.single_active_consumer
        )
        self._notify(freed)
        return received

    def _is_served(self) -> bool:
        """Whether a signal is for this consumer, and not for another that it stands by for."""
        return self._holding.alone or not self._queue.single_active_consumer

    def _worth_claiming(self) -> bool:
        with self._session.read() as connection:
            return leases.worth_claiming(self._session, connection, self._holding.owner, self._queue)

    def _free_what_expired(self, connection: Connection) -> list[str]:
        freed: list[str] = []
        for owner in leases.expired(self._session, connection, self._queue.name):
            if owner != self._holding.owner:
                freed += rows.give_back_all(connection, owner, self._dead(connection))
                leases.leave(connection, owner)
        return freed

    def _is_active(self, connection: Connection) -> bool:
        if not self._queue.single_active_consumer:
            return True
        return leases.activate(connection, self._holding.owner, self._queue.name)

    def _claim(self, connection: Connection, limit: int) -> list[Delivery]:
        free = min(limit, self._prefetch - len(self._holding))
        return rows.claim(connection, self._queue.name, self._holding.owner, free) if free > 0 else []

    def _stay_alive(self, connection: Connection) -> None:
        if not leases.renew(self._session, connection, self._holding.owner):
            leases.enter(self._session, connection, self._holding.owner, self._queue.name)

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Forget these messages; one that this consumer no longer holds is delivered again all the same."""

        def forget(connection: Connection, numbers: Sequence[int]) -> list[str]:
            rows.delete_held(connection, self._holding.owner, numbers)
            return []

        self._settle(deliveries, forget)

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Put these messages back in their place, or with the dead letters when it was once too often."""

        def free(connection: Connection, numbers: Sequence[int]) -> list[str]:
            return rows.give_back(connection, self._holding.owner, numbers, self._dead(connection))

        self._settle(deliveries, free)

    def dead_letter(self, deliveries: Sequence[Delivery]) -> None:
        """Give these messages up: they go to the queue of dead letters."""
        if self._queue.dead_exchange is None:
            raise ValueError(f"{self._queue.name} has no dead exchange: requeue or acknowledge instead")

        def bury(connection: Connection, numbers: Sequence[int]) -> list[str]:
            return rows.dead_letter(connection, self._holding.owner, numbers, self._dead(connection))

        self._settle(deliveries, bury)

    def _settle(
        self, deliveries: Sequence[Delivery], act: Callable[[Connection, Sequence[int]], list[str]]
    ) -> None:
        numbers = self._holding.numbers(delivery.tag for delivery in deliveries)
        if not numbers:
            return
        with self._session.write() as connection:
            touched = act(connection, numbers)
        self._holding.remove(numbers)
        self._notify(touched)

    def _dead(self, connection: Connection) -> Dead:
        return Dead(self._queue, self._routing.routes(connection), self._session.clock.now().timestamp())

    def _notify(self, touched: Iterable[str]) -> None:
        for queue in dict.fromkeys(touched):
            self._session.notify(queue)

    def wake(self) -> None:
        """Make a waiting `receive` return now; may be called from any thread."""
        self._woken.set()
        self._listener.wake()

    def close(self) -> None:
        """Give back what is not acknowledged and leave; without a database the lease ends by itself."""
        if self._closed:
            return
        self._closed = True
        self._holding.end()
        self._listener.close()
        with contextlib.suppress(BusUnavailable):
            self._leave()

    def _leave(self) -> None:
        with self._session.write() as connection:
            touched = rows.give_back_all(connection, self._holding.owner, self._dead(connection))
            leases.leave(connection, self._holding.owner)
        self._notify(touched)
