"""The hints of the export queue: which attempt of which export is to be made, sorted by company."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from engine.errors import Malformed
from engine.messages import Message
from engine.ports import Delivery
from engine.store.claiming import Hint

_TYPE = "countersign.export.requested.v1"
_READ = Message(b"")  # thousands of hints may wait; their payloads are read from the database
MOST_REMEMBERED: Final = 10_000  # hints of one company; the scheduler offers the others again


@dataclass(frozen=True, slots=True)
class Hinted:
    """A hint and the deliveries that brought it; none if they are acknowledged."""

    hint: Hint
    deliveries: tuple[Delivery, ...] = ()

    @property
    def company(self) -> str:
        """The slug that the export's key begins with."""
        return self.hint[0].partition("/")[0]

    def with_another(self, other: "Hinted") -> "Hinted":
        """One hint for both: of two attempts of an export only the later can still be open."""
        return Hinted(max(self.hint, other.hint), self.deliveries + other.deliveries)


def read(delivery: Delivery) -> Hinted:
    """The hint that a message carries. Raises Malformed."""
    try:
        event = json.loads(delivery.message.body)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    if not isinstance(event, dict) or event.get("type") != _TYPE:
        raise Malformed("no export request")
    data = event.get("data")
    key, attempt = (data.get("export"), data.get("attempt")) if isinstance(data, dict) else (None, None)
    if not isinstance(key, str) or isinstance(attempt, bool) or not isinstance(attempt, int):
        raise Malformed("an export request without export and attempt")
    return Hinted((key, attempt), (replace(delivery, message=_READ),))


def deliveries_of(hinted: Sequence[Hinted]) -> list[Delivery]:
    """Everything that brought these hints and is not acknowledged."""
    return [delivery for each in hinted for delivery in each.deliveries]


@dataclass(slots=True)
class Backlog:
    """Hints that are not yet claimed: a slow company's wait here, where they hold nobody up."""

    most_remembered: int = MOST_REMEMBERED
    unacknowledged: int = 0  # deliveries that wait here; the broker hands over only so many
    _of: dict[str, dict[str, Hinted]] = field(default_factory=dict)  # company to export to hint

    def add(self, hinted: Hinted) -> None:
        """Keep a hint until its company has room."""
        waiting = self._of.setdefault(hinted.company, {})
        key = hinted.hint[0]
        waiting[key] = waiting[key].with_another(hinted) if key in waiting else hinted
        self.unacknowledged += len(hinted.deliveries)

    def take(self, rooms: dict[str, int]) -> list[Hinted]:
        """As many hints of each company as it has room for, first come first served."""
        taken: list[Hinted] = []
        for company, room in rooms.items():
            waiting = self._of.get(company, {})
            taken += [waiting.pop(key) for key in list(islice(waiting, room))]
            if not waiting:
                self._of.pop(company, None)
        self.unacknowledged -= len(deliveries_of(taken))
        return taken

    def companies(self) -> list[str]:
        """Those that have something waiting."""
        return list(self._of)

    def let_go(self) -> list[Delivery]:
        """The deliveries, to be acknowledged: from now on their hints are remembered, as far as there is room."""
        given = [delivery for waiting in self._of.values() for delivery in deliveries_of([*waiting.values()])]
        for company, waiting in self._of.items():
            remembered = islice(waiting.items(), self.most_remembered)
            self._of[company] = {key: replace(each, deliveries=()) for key, each in remembered}
        self.unacknowledged = 0
        return given

    def disconnect(self) -> None:
        """The broker brings again what was not acknowledged; only what was is still to be remembered."""
        for company, waiting in list(self._of.items()):
            self._of[company] = {key: each for key, each in waiting.items() if not each.deliveries}
            if not self._of[company]:
                del self._of[company]
        self.unacknowledged = 0
