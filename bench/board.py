"""What a run shows: marks of the way come at once, and a queue bound to every event is checked at the end."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from engine.ports import Bus, Queue, Topology
from engine.topology import EVENTS

ALL: Final = Queue("bench.events", ((EVENTS, "#"),))
MARKS: Final = Queue(
    "bench.marks",
    tuple((EVENTS, f"item.*.{event}.*") for event in ("ready_to_export", "ready_to_update", "synced")),
)
_TAKE: Final = 1000
_LONGEST: Final = 60  # seconds without any mark: something is broken
_SUBJECT: Final = b'"subject":"'


class Stalled(Exception):
    """What was waited for does not come."""


class Board:
    """Notes in a thread of its own when an item became ready and when it was synced."""

    def __init__(self, bus: Bus) -> None:
        bus.declare(Topology((EVENTS,), (ALL, MARKS)))
        self._bus = bus
        self._consumer = bus.consumer(MARKS.name, 5 * _TAKE)
        self._changed = threading.Condition()
        self._came: dict[str, dict[str, float]] = {"ready": {}, "synced": {}}
        self._ready: list[str] = []
        self._marks = 0
        self._stop = threading.Event()
        self._failure: Exception | None = None
        self.check: Callable[[], None] = lambda: None  # called while waiting; raises when waiting is in vain
        self._thread = threading.Thread(target=self._run, name="board", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._consumer.wake()
        self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                deliveries = self._consumer.receive(_TAKE, 1.0)
                now = time.monotonic()
                with self._changed:
                    for each in deliveries:
                        self._note(each.routing_key, each.message.body, now)
                    self._changed.notify_all()
                self._consumer.ack(deliveries)
        except Exception as error:  # noqa: BLE001  told to whoever waits
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _note(self, routing_key: str, body: bytes, now: float) -> None:
        start = body.index(_SUBJECT) + len(_SUBJECT)
        subject = body[start : body.index(b'"', start)].decode()
        self._marks += 1
        if ".synced." in routing_key:
            self._came["synced"][subject] = now
        else:
            self._came["ready"][subject] = now
            self._ready.append(subject)

    def take_ready(self) -> list[str]:
        """The items that have become ready since the last call; waits for at least one."""
        with self._changed:
            self._until(lambda: bool(self._ready))
            found, self._ready = self._ready, []
            return found

    def wait_for_synced(self, count: int) -> None:
        """Wait until so many items are synced."""
        with self._changed:
            self._until(lambda: len(self._came["synced"]) >= count)

    def _until(self, holds: Callable[[], bool]) -> None:
        seen, silent = self._marks, 0
        while not holds():
            if self._failure is not None:
                raise self._failure
            self.check()
            silent = 0 if self._changed.wait(1.0) and self._marks > seen else silent + 1
            seen = self._marks
            if silent == _LONGEST:
                raise Stalled(f"no item went on for {_LONGEST} s; {len(self._came['synced'])} are synced")

    def when(self, mark: str) -> dict[str, float]:
        """Item to the time at which it became `ready` or `synced`."""
        with self._changed:
            return dict(self._came[mark])
