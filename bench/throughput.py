"""How many items a second go the whole way: sent, released, accepted, exported, synced."""

import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from bench import usage, work
from bench.board import Board
from bench.crew import Crew, crew
from bench.place import Place
from engine.ports import Bus, Outgoing

_AT_ONCE: Final = 500


def prepare(bus: Bus, board: Board) -> int:
    """Bring what commitments refer to into the ERP; returns how many items that is."""
    publisher = bus.publisher()
    done = 0
    for group in work.prerequisites():
        publisher.publish([work.command("send", key, work.SENDER, payload=body) for key, body in group])
        ready: list[str] = []
        while len(ready) < len(group):
            ready += board.take_ready()
        publisher.publish([work.accept(key) for key in ready])
        done += len(group)
        board.wait_for("synced", done)
    publisher.close()
    return done


def measure(place: Place, items: int) -> dict[str, Any]:
    """Send, accept and sync so many commitments as fast as they go."""
    names = [f"SC-{number}" for number in range(items)]
    sends = [work.send_commitment(name) for name in names]
    bus = place.site.bus
    with Board(bus) as board, crew(place) as running:
        others = prepare(bus, board)
        before, machine = running.usage(), usage.of_machine()
        start = time.monotonic()
        sending = threading.Thread(target=_publish, args=(bus, sends), name="sender")
        sending.start()
        accepted = _accept_what_is_ready(bus, board, items)
        sending.join()
        board.wait_for("synced", others + items)
        seconds = time.monotonic() - start
        used = usage.between(before, running.usage())
        busy = usage.of_machine() - machine
    return {
        "items": items,
        "seconds": seconds,
        "items_per_second": items / seconds,
        "events": sum(board.counts().values()),
        "events_by_kind": dict(sorted(board.counts().items())),
        "out_of_sequence": board.gaps(),
        "phases": _phases(board, start, accepted, names),
        "used": {name: asdict(each) for name, each in used.items()},
        "cpu_us_per_item": {name: 1e6 * each.cpu / items for name, each in used.items()},
        "cpu_by_others": max(0.0, busy - sum(each.cpu for each in used.values())),
    }


def _publish(bus: Bus, messages: Sequence[Outgoing]) -> None:
    publisher = bus.publisher()
    for first in range(0, len(messages), _AT_ONCE):
        publisher.publish(messages[first : first + _AT_ONCE])
    publisher.close()


def _accept_what_is_ready(bus: Bus, board: Board, items: int) -> float:
    """Accept each item when its event has come; returns when the last was published."""
    publisher = bus.publisher()
    done = 0
    while done < items:
        ready = board.take_ready()
        publisher.publish([work.accept(key) for key in ready])
        done += len(ready)
    publisher.close()
    return time.monotonic()


def _phases(board: Board, start: float, accepted: float, names: Sequence[str]) -> dict[str, float]:
    """Seconds from the start to what marks the way."""
    keys = [work.commitment_key(name) for name in names]
    ready, synced = board.when("ready_to_export"), board.when("synced")
    return {
        "first_ready": min(ready[key] for key in keys) - start,
        "last_ready": max(ready[key] for key in keys) - start,
        "last_accept_published": accepted - start,
        "first_synced": min(synced[key] for key in keys) - start,
        "last_synced": max(synced[key] for key in keys) - start,
    }


__all__ = ["Crew", "measure", "prepare"]
