"""One lane for each company, one call at a time in each, so that no company holds another up."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import structlog

from engine.claims import Claimed

log = structlog.get_logger()
Deal = Callable[[str, Sequence[Claimed]], None]


@dataclass(slots=True)
class _Lane:
    waiting: deque[Claimed] = field(default_factory=deque)
    claimed: int = 0  # waiting, or being dealt with
    busy: bool = False


class Lanes:
    """Hands each company's exports to a pool of threads; `freed` tells of room."""

    def __init__(self, deal: Deal, size: int, threads: int, freed: Callable[[], None]) -> None:
        self._deal, self._size, self._freed = deal, size, freed
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="exports")

    def room(self, company: str) -> int:
        """How many more exports of a company may be claimed: one call's worth beside the one under way."""
        with self._lock:
            lane = self._lanes.get(company)
            return max(0, 2 * self._size - (lane.claimed if lane else 0))

    def put(self, claimed: Sequence[Claimed]) -> None:
        """Let these be dealt with, after what their companies already have waiting."""
        with self._lock:
            for each in claimed:
                lane = self._lanes.setdefault(each.company.slug, _Lane())
                lane.waiting.append(each)
                lane.claimed += 1
            for slug in {each.company.slug for each in claimed}:
                lane = self._lanes[slug]
                if not lane.busy:
                    lane.busy = True
                    self._pool.submit(self._run, slug, lane)

    def close(self) -> None:
        """Wait until everything is dealt with."""
        self._pool.shutdown()

    def _run(self, company: str, lane: _Lane) -> None:
        while group := self._next(lane):
            try:
                self._deal(company, group)
            except Exception:
                log.exception("connector.bug", company=company)  # the lane goes on with what comes next
            with self._lock:
                lane.claimed -= len(group)
            self._freed()

    def _next(self, lane: _Lane) -> list[Claimed]:
        with self._lock:
            group = [lane.waiting.popleft() for _ in range(min(self._size, len(lane.waiting)))]
            lane.busy = bool(group)
            return group
