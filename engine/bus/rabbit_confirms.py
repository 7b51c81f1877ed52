"""Which messages of one batch the broker has confirmed or returned."""

import threading
from collections import defaultdict
from collections.abc import Sequence

from engine.ports import Outgoing


class Confirms:
    """Delivery tags are numbered from `first`; confirms come in any order, and one may stand for many."""

    def __init__(self, messages: Sequence[Outgoing], first: int) -> None:
        self.finished = threading.Event()
        self.failure: Exception | None = None
        self._messages = messages
        self._first = first
        self._open = bytearray(b"\x01") * len(messages)
        self._missing = len(messages)
        self._below = 0  # everything before this index is confirmed
        self._returned: dict[tuple[str, str, str], int] = defaultdict(int)

    def confirm(self, tag: int, *, multiple: bool) -> None:
        """The broker has this message, or all up to it."""
        index = tag - self._first
        if not 0 <= index < len(self._open):
            return
        if multiple:
            self._missing -= self._open.count(1, self._below, index + 1)
            self._open[self._below : index + 1] = bytes(index + 1 - self._below)
            self._below = index + 1
        elif self._open[index]:
            self._open[index] = 0
            self._missing -= 1
        if self._missing == 0:
            self.finished.set()

    def give_back(self, exchange: str, routing_key: str, message_id: str) -> None:
        """No queue takes this message; the confirm that follows does not make it safe."""
        self._returned[exchange, routing_key, message_id] += 1

    def fail(self, failure: Exception) -> None:
        """Nothing more will come."""
        self.failure = self.failure or failure
        self.finished.set()

    def results(self) -> list[bool]:
        """For each message whether it is safe."""
        if not self._returned:
            return [True] * len(self._messages)
        left = dict(self._returned)
        results = []
        for message in self._messages:
            same = (message.exchange, message.routing_key, message.message_id)
            returned = message.mandatory and left.get(same, 0) > 0
            if returned:
                left[same] -= 1
            results.append(not returned)
        return results
