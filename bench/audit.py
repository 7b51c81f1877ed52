"""Takes every event out of the queue that was bound to all of them, and looks whether one is missing."""

import json
from collections import Counter
from dataclasses import dataclass, field

from bench.board import ALL
from bench.place import Place
from engine.ports import Delivery
from engine.store import outbox

_TAKE = 1000


@dataclass(slots=True)
class Audit:
    """Every event of a run."""

    kinds: Counter[str] = field(default_factory=Counter)
    wrong: int = 0  # item events out of order, twice, or after one that is missing
    _last: dict[str, int] = field(default_factory=dict)

    def note(self, delivery: Delivery) -> None:
        """Look at one event."""
        words = delivery.routing_key.split(".")
        if words[0] not in ("item", "export"):
            self.kinds[".".join(words[:2])] += 1
            return
        self.kinds[f"{words[0]}.{words[2]}"] += 1
        if words[0] == "item":
            event = json.loads(delivery.message.body)
            subject, sequence = event["subject"], event["sequence"]
            self.wrong += sequence != self._last.get(subject, 0) + 1
            self._last[subject] = sequence


def audit(place: Place) -> Audit:
    """Wait until everything is published, then take all events."""
    found, database = Audit(), place.site.database
    consumer = place.site.bus.consumer(ALL.name, 5 * _TAKE)
    try:
        while True:
            with database.read() as connection:
                waiting = outbox.waiting(connection)
            deliveries = consumer.receive(_TAKE, 1.0)
            for each in deliveries:
                found.note(each)
            consumer.ack(deliveries)
            if not deliveries and not waiting:
                return found
    finally:
        consumer.close()
