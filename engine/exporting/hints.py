"""The hints of the export queue: which attempt of which export is to be made, sorted by company."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.errors import Malformed
from engine.messages import Message
from engine.ports import Delivery
from engine.store.claiming import Hint

_TYPE = "countersign.export.requested.v1"
_READ = Message(b"")  # thousands of hints may wait; their payloads are read from the database


@dataclass(frozen=True, slots=True)
class Hinted:
    """A delivery and what it says."""

    delivery: Delivery
    hint: Hint

    @property
    def company(self) -> str:
        """The slug that the export's key begins with."""
        return self.hint[0].partition("/")[0]


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
    return Hinted(replace(delivery, message=_READ), (key, attempt))


@dataclass(slots=True)
class Backlog:
    """Hints that are received and not yet claimed: a slow company's wait here, where they hold nobody up."""

    _of: dict[str, list[Hinted]] = field(default_factory=dict)

    def add(self, hinted: Hinted) -> None:
        """Keep a hint until its company has room."""
        self._of.setdefault(hinted.company, []).append(hinted)

    def take(self, rooms: dict[str, int]) -> list[Hinted]:
        """As many hints of each company as it has room for, first come first served."""
        taken: list[Hinted] = []
        for company, room in rooms.items():
            if waiting := self._of.get(company, [])[:room]:
                self._of[company] = self._of[company][len(waiting) :]
                taken += waiting
            if not self._of.get(company):
                self._of.pop(company, None)
        return taken

    def companies(self) -> list[str]:
        """Those that have something waiting."""
        return list(self._of)


def newest(hinted: Sequence[Hinted]) -> list[Hint]:
    """One hint for each export: of two attempts only the later can still be open."""
    found: dict[str, int] = {}
    for each in hinted:
        key, attempt = each.hint
        found[key] = max(attempt, found.get(key, attempt))
    return list(found.items())
