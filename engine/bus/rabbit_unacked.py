"""Which deliveries of one channel are still unacknowledged, and how to settle many with few frames."""

from collections.abc import Iterable


class Unacked:
    """Delivery tags in the order of delivery."""

    def __init__(self) -> None:
        self._tags: dict[int, None] = {}

    def __len__(self) -> int:
        return len(self._tags)

    def add(self, tag: int) -> None:
        """The broker delivered this one."""
        self._tags[tag] = None

    def settle(self, tags: Iterable[int]) -> list[int]:
        """Forget these and return those that were not settled before, in order of delivery."""
        known = sorted(tag for tag in set(tags) if tag in self._tags)
        for tag in known:
            del self._tags[tag]
        return known

    def acknowledge(self, tags: Iterable[int]) -> list[tuple[int, bool]]:
        """Forget these; returns the acknowledgements to send as (tag, multiple)."""
        known = self.settle(tags)
        oldest = next(iter(self._tags), None)
        covered = [tag for tag in known if oldest is None or tag < oldest]
        alone = [(tag, False) for tag in known[len(covered) :]]
        return [(covered[-1], True), *alone] if covered else alone
