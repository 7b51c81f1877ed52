"""Let more come together under load: a transaction for five costs hardly more than one for one."""

import threading
import time
from typing import Final

from engine.ports import Consumer, Delivery

_PAUSE_S: Final = 0.01
_BUSY_S: Final = 0.05  # since the last work: whoever was idle answers at once


class Pace:
    """The rhythm of one loop."""

    def __init__(self) -> None:
        self._worked = float("-inf")

    def rest(self, stop: threading.Event) -> bool:
        """Wait a moment if there was work just now; whether it waited."""
        busy = time.monotonic() - self._worked < _BUSY_S
        if busy:
            stop.wait(_PAUSE_S)
        return busy

    def worked(self) -> None:
        """Something was done now."""
        self._worked = time.monotonic()

    def receive(self, consumer: Consumer, limit: int, wait: float, stop: threading.Event) -> list[Delivery]:
        """As the consumer's `receive`, and under load a moment longer while less than a quarter has come."""
        deliveries = consumer.receive(limit, wait)
        if deliveries:
            if len(deliveries) < limit // 4 and self.rest(stop):
                deliveries += consumer.receive(limit - len(deliveries), 0.0)
            self.worked()
        return deliveries
