"""How long an accepted item takes at a steady rate, with its sending going on beside it.

Every command has its time in advance, and its latency counts from then, also where publishing it came late: waiting
for a slow answer must not hide how slow it was.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

from bench import usage, work
from bench.board import Board
from bench.crew import crew
from bench.flow import prepare
from bench.place import Place
from bench.throughput import costs
from engine.ports import Bus, Outgoing

_WARM_UP: Final = 3.0  # seconds that do not count
_SEEN_AFTER: Final = 1.0  # seconds from sending an item to accepting it

Plan = list[tuple[float, str, Outgoing]]


def measure(place: Place, rate: int, seconds: int) -> dict[str, Any]:
    """Send and accept so many items a second."""
    plan = _plan(rate, seconds + _WARM_UP)
    bus = place.site.bus
    with Board(bus) as board, crew(place) as running:
        board.check = running.raise_if_ended
        others = prepare(bus, board)
        before, machine = running.usage(), usage.of_machine()
        start = time.monotonic() + 0.5
        lateness = _publish_on_time(bus, plan, start)
        accepted = {key: start + due for due, key, _ in plan if key}
        board.wait_for_synced(others + len(accepted))
        used = usage.between(before, running.usage())
        busy = usage.of_machine() - machine
        synced = board.when("synced")
    counted = [synced[key] - due for key, due in accepted.items() if due - start >= _WARM_UP + _SEEN_AFTER]
    figures = {
        "rate": rate,
        "seconds": seconds,
        "items": len(counted),
        "latency_ms": {name: 1000 * value for name, value in quantiles(counted).items()},
        "latest_command_ms": 1000 * lateness,
    }
    return figures | costs(used, len(accepted), busy)


def _plan(rate: int, seconds: float) -> Plan:
    """(due, key to accept, command), the earliest first."""
    plan: Plan = []
    for number in range(int(rate * seconds)):
        name, due = f"ST-{number}", number / rate
        key = work.commitment_key(name)
        plan.append((due, "", work.send_commitment(name)))
        plan.append((due + _SEEN_AFTER, key, work.accept(key)))
    return sorted(plan, key=lambda each: each[0])


def _publish_on_time(bus: Bus, plan: Plan, start: float) -> float:
    """Publish each command at its time; returns by how much the latest was late."""
    publisher = bus.publisher()
    latest, done = 0.0, 0
    while done < len(plan):
        time.sleep(max(0.0, start + plan[done][0] - time.monotonic()))
        now = time.monotonic()
        due = [each for each in plan[done : done + 1000] if start + each[0] <= now]
        latest = max(latest, now - start - due[0][0]) if due else latest
        publisher.publish([message for _, _, message in due])
        done += len(due)
    publisher.close()
    return latest


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the highest."""
    ordered = sorted(values)
    found = {
        f"p{share}": ordered[min(len(ordered) - 1, len(ordered) * share // 100)] for share in (50, 95, 99)
    }
    return {**found, "max": ordered[-1]}
