"""How many items a second go the whole way: sent, released, accepted, exported, synced."""

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench import usage, work
from bench.audit import audit
from bench.board import Board
from bench.crew import crew
from bench.flow import accept_what_becomes_ready, prepare, publish
from bench.place import Place
from bench.usage import Usage


def measure(place: Place, items: int) -> dict[str, Any]:
    """Send, accept and sync so many commitments as fast as they go."""
    names = [f"SC-{number}" for number in range(items)]
    sends = [work.send_commitment(name) for name in names]
    bus = place.site.bus
    with Board(bus) as board, crew(place) as running:
        board.check = running.raise_if_ended
        others = prepare(bus, board)
        before, machine = running.usage(), usage.of_machine()
        start = time.monotonic()
        sending = threading.Thread(target=publish, args=(bus, sends), name="sender")
        sending.start()
        accept_what_becomes_ready(bus, board, items)
        accepted = time.monotonic()
        sending.join()
        board.wait_for_synced(others + items)
        seconds = time.monotonic() - start
        used = usage.between(before, running.usage())
        busy = usage.of_machine() - machine
        found = audit(place)
    figures = {
        "items": items,
        "seconds": seconds,
        "items_per_second": items / seconds,
        "phases": _phases(board, start, accepted, names),
        "events": sum(found.kinds.values()),
        "events_by_kind": dict(sorted(found.kinds.items())),
        "events_out_of_sequence": found.wrong,
    }
    return figures | costs(used, items, busy)


def costs(used: Mapping[str, Usage], items: int, busy: float) -> dict[str, Any]:
    """Processor time and memory by process; what others took of this machine spoils the figures."""
    return {
        "used": {name: asdict(each) for name, each in used.items()},
        "cpu_us_per_item": {name: 1e6 * each.cpu / items for name, each in used.items()},
        "cpu_seconds_of_others": max(0.0, busy - sum(each.cpu for each in used.values())),
    }


def _phases(board: Board, start: float, accepted: float, names: Sequence[str]) -> dict[str, float]:
    """Seconds from the start to what marks the way."""
    keys = [work.commitment_key(name) for name in names]
    ready, synced = board.when("ready"), board.when("synced")
    return {
        "first_ready": min(ready[key] for key in keys) - start,
        "last_ready": max(ready[key] for key in keys) - start,
        "last_accept_published": accepted - start,
        "first_synced": min(synced[key] for key in keys) - start,
        "last_synced": max(synced[key] for key in keys) - start,
    }
