"""A dashboard: a queue bound to every event; it notes when each event came and keeps it for a check at the end."""

import json
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Final, Self

from engine.ports import Bus, Queue, Topology
from engine.topology import EVENTS

NAME: Final = "bench.board"
_TAKE: Final = 1000
_LONGEST: Final = 120.0  # seconds without the event that is waited for: something is broken
_SUBJECT: Final = b'"subject":"'


class Stalled(Exception):
    """What was waited for does not come."""


class Board:
    """Collects in a thread of its own; everything else may be called from any thread."""

    def __init__(self, bus: Bus) -> None:
        bus.declare(Topology((EVENTS,), (Queue(NAME, ((EVENTS, "#"),)),)))
        self._consumer = bus.consumer(NAME, 5 * _TAKE)
        self._changed = threading.Condition()
        self._came: dict[str, dict[str, float]] = {}  # event -> item -> when
        self._ready: list[str] = []
        self._kept: list[tuple[str, bytes]] = []
        self._stop = threading.Event()
        self._failure: Exception | None = None
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
        self._kept.append((routing_key, body))
        words = routing_key.split(".")
        if words[0] != "item":
            return
        start = body.index(_SUBJECT) + len(_SUBJECT)
        subject = body[start : body.index(b'"', start)].decode()
        self._came.setdefault(words[2], {})[subject] = now
        if words[2] in ("ready_to_export", "ready_to_update"):
            self._ready.append(subject)

    def take_ready(self) -> list[str]:
        """The items that have become ready since the last call; waits for at least one."""
        with self._changed:
            self._until(lambda: bool(self._ready))
            found, self._ready = self._ready, []
            return found

    def wait_for(self, event: str, count: int) -> None:
        """Wait until so many items have had this event."""
        with self._changed:
            self._until(lambda: len(self._came.get(event, ())) >= count)

    def _until(self, holds: "threading._PredicateT") -> None:  # type: ignore[name-defined]
        seen = -1
        while not holds():
            if self._failure is not None:
                raise self._failure
            if seen == len(self._kept):
                raise Stalled(f"no event for {_LONGEST:g} s; so far {dict(self.counts())}")
            seen = len(self._kept)
            self._changed.wait_for(lambda: holds() or self._failure is not None, _LONGEST)

    def when(self, event: str) -> dict[str, float]:
        """Item to the time at which this event came."""
        with self._changed:
            return dict(self._came.get(event, {}))

    def counts(self) -> Counter[str]:
        """How many events came, by the first words of their routing key."""
        return Counter(_kind(routing_key) for routing_key, _ in self._kept)

    def bodies(self) -> list[tuple[str, bytes]]:
        """Every event as it came."""
        return list(self._kept)

    def gaps(self) -> int:
        """How many item events came out of order, twice or after one that is missing."""
        last: dict[str, int] = {}
        wrong = 0
        for routing_key, body in self._kept:
            if routing_key.startswith("item."):
                event = json.loads(body)
                subject, sequence = event["subject"], event["sequence"]
                wrong += sequence != last.get(subject, 0) + 1
                last[subject] = sequence
        return wrong


def _kind(routing_key: str) -> str:
    words = routing_key.split(".")
    return f"{words[0]}.{words[2]}" if words[0] in ("item", "export") else ".".join(words[:2])
