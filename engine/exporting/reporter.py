"""Brings reports to the engine: one thread publishes for all, and waits while the broker is away."""

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from engine.claims import Claimed
from engine.errors import CountersignError
from engine.exporting.reports import Report
from engine.ports import Bus, Outgoing, Publisher
from engine.retrying import backoff

log = structlog.get_logger()
_LAST_TRIES = 3  # once there is no work left and the broker is away
_Waiting = list[tuple[Claimed, Outgoing]]
_Tell = Callable[[Sequence[Claimed]], None]


class Reporter:
    """Publishes pipelined whatever has come together.

    `published` is told what is safe, and `given_up` of what no report can be made or published.
    """

    def __init__(
        self, bus: Bus, outgoing: Callable[[Report], Outgoing], published: _Tell, given_up: _Tell
    ) -> None:
        self._bus, self._outgoing, self._published, self._given_up = bus, outgoing, published, given_up
        self._reports: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._leaving = threading.Event()
        self._publisher: Publisher | None = None

    def put(self, reports: Sequence[Report]) -> None:
        """Take reports to publish; returns at once."""
        messages: _Waiting = []
        for report in reports:
            try:
                messages.append((report.claimed, self._outgoing(report)))
            except Exception as problem:  # noqa: BLE001  it is logged, and spoils no other report
                self._lose(report.claimed, problem)
        self._reports.put(messages)

    def finish(self) -> None:
        """Nothing more comes: publish what is left, then end."""
        self._leaving.set()
        self._reports.put(None)

    def run(self) -> None:
        """Publish until `finish`."""
        waiting: _Waiting = []
        failures, ending = 0, False
        while not ending or (waiting and failures < _LAST_TRIES):
            ending = self._collect(waiting, ending)
            left = self._published_or_not(waiting)
            failures = failures + 1 if left else 0
            waiting = left
            if waiting:
                self._leaving.wait(backoff(failures))
        if waiting:
            log.error("connector.unreported", reports=len(waiting), next="the ERP is asked later")
        self._leave()

    def _collect(self, waiting: _Waiting, ending: bool) -> bool:
        """Take everything there is; wait only when there is nothing to do. Whether the end has come."""
        while not ending and (not waiting or not self._reports.empty()):
            messages = self._reports.get()
            if messages is None:
                return True
            waiting += messages
        return ending

    def _published_or_not(self, waiting: _Waiting) -> _Waiting:
        """What is not safe yet; a report that cannot be published spoils no other."""
        try:
            return self._publish(waiting)
        except CountersignError as problem:
            log.warning("connector.waiting_to_report", reports=len(waiting), problem=str(problem))
            self._leave()
            return waiting
        except Exception as problem:  # noqa: BLE001  it is logged once it is known whose it is
            self._leave()
            if len(waiting) == 1:
                self._lose(waiting[0][0], problem)
                return []
            return [left for each in waiting for left in self._published_or_not([each])]

    def _publish(self, waiting: _Waiting) -> _Waiting:
        if not waiting:
            return []
        self._publisher = self._publisher or self._bus.publisher()
        safe = self._publisher.publish([message for _, message in waiting])
        self._published([claimed for (claimed, _), ok in zip(waiting, safe, strict=True) if ok])
        left = [each for each, ok in zip(waiting, safe, strict=True) if not ok]
        if left:
            log.warning("connector.returned", reports=len(left), next="run `countersign init`")
        return left

    def _lose(self, claimed: Claimed, problem: Exception) -> None:
        key = claimed.export.key
        log.error("connector.unreportable", export=key, exc_info=problem, next="the ERP is asked later")
        self._given_up([claimed])

    def _leave(self) -> None:
        publisher, self._publisher = self._publisher, None
        if publisher is not None:
            with suppress(Exception):  # it is being left because it no longer works
                publisher.close()
