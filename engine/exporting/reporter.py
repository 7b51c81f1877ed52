"""Brings reports to the engine: one thread publishes for all, and waits while the broker is away."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from engine.claims import Claimed
from engine.errors import BusUnavailable
from engine.exporting.reports import Report
from engine.ports import Bus, Outgoing, Publisher
from engine.retrying import backoff

log = structlog.get_logger()
_LAST_TRIES = 3  # once there is no work left and the broker is away
_Waiting = list[tuple[Report, Outgoing]]


class Reporter:
    """Publishes pipelined whatever has come together; `published` is told what is safe."""

    def __init__(
        self,
        bus: Bus,
        outgoing: Callable[[Report], Outgoing],
        published: Callable[[Sequence[Claimed]], None],
    ) -> None:
        self._bus, self._outgoing, self._published = bus, outgoing, published
        self._reports: queue.SimpleQueue[list[Report] | None] = queue.SimpleQueue()
        self._leaving = threading.Event()

    def put(self, reports: list[Report]) -> None:
        """Take reports to publish; returns at once."""
        self._reports.put(reports)

    def finish(self) -> None:
        """Nothing more comes: publish what is left, then end."""
        self._leaving.set()
        self._reports.put(None)

    def run(self) -> None:
        """Publish until `finish`."""
        publisher: Publisher | None = None
        waiting: _Waiting = []
        failures, ending = 0, False
        while not ending or (waiting and failures < _LAST_TRIES):
            ending = self._collect(waiting, ending)
            try:
                publisher = publisher or self._bus.publisher()
                waiting = self._publish(publisher, waiting)
                failures = failures + 1 if waiting else 0
            except BusUnavailable as problem:
                failures += 1
                log.warning("connector.waiting_to_report", reports=len(waiting), problem=str(problem))
                _leave(publisher)
                publisher = None
            if waiting:
                self._leaving.wait(backoff(failures))
        if waiting:
            log.error("connector.unreported", reports=len(waiting), next="the ERP is asked later")
        _leave(publisher)

    def _collect(self, waiting: _Waiting, ending: bool) -> bool:
        """Take everything there is; wait only when there is nothing to do. Whether the end has come."""
        while not ending and (not waiting or not self._reports.empty()):
            reports = self._reports.get()
            if reports is None:
                return True
            waiting += [(report, self._outgoing(report)) for report in reports]
        return ending

    def _publish(self, publisher: Publisher, waiting: _Waiting) -> _Waiting:
        """Returns what is not safe yet."""
        if not waiting:
            return []
        safe = publisher.publish([message for _, message in waiting])
        self._published([report.claimed for (report, _), ok in zip(waiting, safe, strict=True) if ok])
        left = [each for each, ok in zip(waiting, safe, strict=True) if not ok]
        if left:
            log.warning("connector.returned", reports=len(left), next="run `countersign init`")
        return left


def _leave(publisher: Publisher | None) -> None:
    if publisher is not None:
        with suppress(BusUnavailable):  # it is being left because it no longer works
            publisher.close()
