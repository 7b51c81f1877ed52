"""Consuming from RabbitMQ through kombu."""

import select
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from engine.bus import rabbit_link
from engine.bus.rabbit_address import Address
from engine.bus.rabbit_delivery import delivery
from engine.bus.rabbit_errors import KOMBU_ERRORS, unavailable
from engine.bus.rabbit_frames import Received
from engine.bus.rabbit_stream import FrameStream
from engine.bus.rabbit_unacked import Unacked
from engine.bus.waker import Waker
from engine.errors import BusUnavailable
from engine.ports import Delivery
from engine.topology import DEAD_LETTERS

_GATHER: Final = 1  # milliseconds: how long a started batch waits for its next message


class RabbitConsumer:
    """Used by one thread, woken from any; a thread of its own answers heartbeats while the caller works."""

    def __init__(self, address: Address, queue: str, prefetch: int, heartbeat: int) -> None:
        self._address = address
        self._queue = queue
        self._prefetch = prefetch
        self._heartbeat = heartbeat
        self._arrived: deque[Received] = deque()
        self._unacked = Unacked()
        self._identity = uuid.uuid4().hex  # tags of an earlier connection are not ours
        self._lock = threading.RLock()
        self._closed = threading.Event()
        self._failure: BusUnavailable | None = None
        self._connection = rabbit_link.connect(address, heartbeat, self._on_received)
        self._channel: Any = None
        self._waker = Waker()
        self._socket = select.poll()
        self._socket.register(self._connection.sock, select.POLLIN)
        self._anything = select.poll()
        self._anything.register(self._connection.sock, select.POLLIN)
        self._anything.register(self._waker, select.POLLIN)
        self._begin(prefetch)
        self._stream = FrameStream(self._connection)
        self._beating = threading.Thread(target=self._beat, name=f"heartbeat {queue}", daemon=True)
        self._beating.start()

    def _begin(self, prefetch: int) -> None:
        try:
            self._channel = self._connection.channel()
            self._channel.basic_qos(0, prefetch, False)
            self._channel.basic_consume(self._queue)
        except KOMBU_ERRORS as error:
            self._release()
            raise unavailable(error, self._address) from error

    def _on_received(self, received: Received) -> None:
        self._unacked.add(received.tag)
        self._arrived.append(received)

    def receive(self, limit: int, wait: float) -> list[Delivery]:
        """Take up to `limit` messages; wait at most `wait` seconds for the first, not for more."""
        deadline = time.monotonic() + wait
        while True:
            with self._lock:
                self._raise_if_failed()
                self._drain(limit)
                taken = [self._arrived.popleft() for _ in range(min(limit, len(self._arrived)))]
            left = deadline - time.monotonic()
            if taken or left <= 0:
                return [delivery(received, (self._identity, received.tag)) for received in taken]
            self._anything.poll(left * 1000)
            if self._waker.clear():
                deadline = 0.0

    def _drain(self, limit: int) -> None:
        """Read what is there; the last message of a batch is waited for no longer than a moment."""
        try:
            while len(self._arrived) < limit and self._readable(_GATHER if self._arrived else 0):
                self._stream.read()
        except TimeoutError:
            return  # half a TLS record; the rest comes with the next look
        except KOMBU_ERRORS as error:
            self._fail(error)

    def _readable(self, milliseconds: int) -> bool:
        pending = getattr(self._connection.sock, "pending", None)  # decrypted by TLS already
        return bool((pending and pending()) or self._socket.poll(milliseconds))

    def _fail(self, error: object) -> None:
        self._failure = unavailable(error, self._address)
        self._arrived.clear()
        raise self._failure

    def _raise_if_failed(self) -> None:
        if self._failure is not None:
            raise BusUnavailable(str(self._failure))

    def _beat(self) -> None:
        """Also reads, up to the prefetch: an unread socket would look like a broker that is silent."""
        while not self._closed.wait(self._heartbeat / 4):
            with self._lock:
                try:
                    self._raise_if_failed()
                    self._drain(self._prefetch)
                    self._connection.heartbeat_tick()
                except BusUnavailable:
                    return  # kept, for the caller's next call
                except KOMBU_ERRORS as error:
                    self._failure = unavailable(error, self._address)
                    self.wake()
                    return

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Say that these messages' effects are committed; one that was given back already is not affected."""
        self._settle(
            lambda: [
                self._channel.basic_ack(tag, multiple)
                for tag, multiple in self._unacked.acknowledge(self._tags(deliveries))
            ]
        )

    def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Put these messages back; by reject, because RabbitMQ 4.3 does not count a nack."""
        self._reject(deliveries, requeue=True)

    def dead_letter(self, deliveries: Sequence[Delivery]) -> None:
        """Give these messages up: they go to the queue of dead letters."""
        if self._queue == DEAD_LETTERS:
            raise ValueError(f"{self._queue} has no dead exchange: requeue or acknowledge instead")
        self._reject(deliveries, requeue=False)

    def _reject(self, deliveries: Sequence[Delivery], *, requeue: bool) -> None:
        self._settle(
            lambda: [
                self._channel.basic_reject(tag, requeue)
                for tag in self._unacked.settle(self._tags(deliveries))
            ]
        )

    def _settle(self, send: Callable[[], object]) -> None:
        with self._lock:
            self._raise_if_failed()
            try:
                send()
            except KOMBU_ERRORS as error:
                self._fail(error)

    def _tags(self, deliveries: Sequence[Delivery]) -> list[int]:
        return [tag for identity, tag in (each.tag for each in deliveries) if identity == self._identity]

    def wake(self) -> None:
        """Make a waiting `receive` return now; may be called from any thread."""
        self._waker.wake()

    def close(self) -> None:
        """Give back what is not acknowledged and leave."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._beating.join()
        self._stream.hand_back()
        self._release()

    def _release(self) -> None:
        rabbit_link.close(self._connection)
        self._waker.close()
