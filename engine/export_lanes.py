"""One lane for each company: its claimed exports in order, one call at a time, so that none holds another up."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from engine.claims import Claimed
from engine.ports_export import ErpAuth

Deal = Callable[[str, Sequence[Claimed]], bool]  # company and its exports; whether its log-in was refused
_QUIET_S = 2.0  # after a refused log-in: by then the engine has stopped the integration


@dataclass(slots=True)
class _Lane:
    waiting: deque[Claimed] = field(default_factory=deque)
    claimed: int = 0  # waiting, and being dealt with
    busy: bool = False
    quiet_until: float = 0.0


class Lanes:
    """Hands each company's exports to a pool of threads."""

    def __init__(
        self,
        deal: Deal,
        size: int,
        threads: int,
        freed: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deal, self._size, self._freed, self._monotonic = deal, size, freed, monotonic
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="exports")

    def room(self, company: str) -> int:
        """How many more exports of a company may be claimed: one call's worth beside the one under way."""
        with self._lock:
            lane = self._lanes.get(company)
            if lane is None:
                return 2 * self._size
            return 0 if lane.quiet_until > self._monotonic() else max(0, 2 * self._size - lane.claimed)

    def put(self, claimed: Sequence[Claimed]) -> None:
        """Let these be dealt with, after what their companies already have waiting."""
        with self._lock:
            for each in claimed:
                lane = self._lanes.setdefault(each.company.slug, _Lane())
                lane.waiting.append(each)
                lane.claimed += 1
            idle = [(slug, lane) for slug, lane in self._lanes.items() if lane.waiting and not lane.busy]
            for slug, lane in idle:
                lane.busy = True
                self._pool.submit(self._run, slug, lane)

    def close(self) -> None:
        """Wait until everything is dealt with."""
        self._pool.shutdown()

    def _run(self, company: str, lane: _Lane) -> None:
        while group := self._next(lane):
            refused = False
            try:
                refused = self._deal(company, group)
            finally:
                self._done(lane, len(group), refused)
            self._freed()

    def _next(self, lane: _Lane) -> list[Claimed]:
        with self._lock:
            group = [lane.waiting.popleft() for _ in range(min(self._size, len(lane.waiting)))]
            lane.busy = bool(group)
            return group
