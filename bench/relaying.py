"""How fast the relay alone empties a full outbox: read, publish, confirmed, deleted."""

import time
from typing import Any

from bench import work
from bench.board import ALL
from bench.place import Place
from engine.ledger import Publication
from engine.messages import dump, envelope
from engine.ports import Topology
from engine.relay import Relay
from engine.store import outbox
from engine.topology import EVENTS

_CHUNK = 1000


def measure(place: Place, events: int) -> dict[str, Any]:
    """Put so many events into the outbox, then let the relay publish them to a queue that takes them all."""
    site = place.site
    site.bus.declare(Topology((EVENTS,), (ALL,)))
    _fill(place, events)
    relay = Relay(site.bus, site.database, site.signals, lambda: ("sandbox",), site.settings.relay_batch)
    publisher = site.bus.publisher()
    start, cpu = time.monotonic(), time.process_time()
    while relay.step(publisher):
        pass
    seconds, used = time.monotonic() - start, time.process_time() - cpu
    publisher.close()
    return {
        "events": events,
        "seconds": seconds,
        "events_per_second": events / seconds,
        "cpu_us_per_event": 1e6 * used / events,
    }


def _fill(place: Place, events: int) -> None:
    at = place.site.now()
    for first in range(0, events, _CHUNK):
        numbers = range(first, min(first + _CHUNK, events))
        with place.site.database.write() as connection:
            outbox.write(connection, [_event(number, at) for number in numbers])


def _event(number: int, at: str) -> Publication:
    """An event of the usual size."""
    subject, id_ = work.commitment_key(f"SC-{number}"), f"event-{number}"
    item = {"key": subject, "type": "commitment", "title": f"Concrete SC-{number}", "project": "P-17"}
    data = {
        "item": item,
        "previous_state": "ready_to_export",
        "actor": work.APPROVER,
        "cause": {"source": "/bench"},
    }
    type_ = "countersign.item.accepted.v1"
    body = dump(envelope(type_, subject, data, id_=id_, time=at, sequence=3))
    return Publication(
        type_, subject, work.COMPANY, at, id_, body, f"item.commitment.accepted.{work.COMPANY}"
    )
