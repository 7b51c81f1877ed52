"""A clock that moves only when it is told to."""

from datetime import UTC, datetime, timedelta
from typing import Final

from engine import times

START: Final = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


class FakeClock:
    """Implements engine.ports.Clock; begins at `start` and never moves by itself."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The time it was set to, in UTC."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)

    def set(self, moment: datetime) -> None:
        """Go to a time, also an earlier one."""
        self._now = moment.astimezone(UTC)

    @property
    def text(self) -> str:
        """The time as Countersign writes it."""
        return times.text(self._now)
