"""Measures Countersign on this machine: `python -m bench`, or `make bench`."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from bench import floor, latency, machine, options, page, relaying, throughput
from bench.crew import erp_stub
from bench.options import Options
from bench.place import embedded, servers
from tests.services import UnavailableError

Part = Callable[[Options, str], dict[str, Any]]


def main(arguments: Sequence[str]) -> int:
    """Measure what was asked for, write it down."""
    chosen = options.parse(arguments)
    figures: dict[str, Any] = {"command": chosen.command, "machine": machine.describe(), "parts": {}}
    with erp_stub() as erp:
        for name in chosen.parts:
            print(f"{name} ...", file=sys.stderr, flush=True)
            try:
                figures["parts"][name] = _PARTS[name](chosen, erp)
            except UnavailableError as missing:
                print(f"{name} is left out. {missing}", file=sys.stderr)
                return 1
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if chosen.page:
        chosen.page.write_text(page.text(figures), encoding="utf-8")
    print(page.text(figures))
    return 0


def _throughput(chosen: Options, erp: str) -> dict[str, Any]:
    with servers(erp) as place:
        found = throughput.measure(place, chosen.items)
        where = place.environment
        said = machine.servers(where["COUNTERSIGN_DATABASE_URL"], where["COUNTERSIGN_BROKER_URL"])
    return found | {"servers": said}


def _latency(chosen: Options, erp: str) -> dict[str, Any]:
    with servers(erp) as place:
        return latency.measure(place, chosen.rate, chosen.seconds)


def _relay(chosen: Options, erp: str) -> dict[str, Any]:
    with servers(erp) as place:
        return relaying.measure(place, 8 * chosen.items)


def _floor(chosen: Options, erp: str) -> dict[str, Any]:
    with servers(erp) as place:
        return floor.measure(place, chosen.items)


def _embedded(chosen: Options, erp: str) -> dict[str, Any]:
    with embedded(erp) as place:
        return throughput.measure(place, chosen.items)


_PARTS: dict[str, Part] = {
    "throughput": _throughput,
    "latency": _latency,
    "relay": _relay,
    "floor": _floor,
    "embedded": _embedded,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
