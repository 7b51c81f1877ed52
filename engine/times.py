"""Times as text: RFC 3339 in UTC with microseconds, so that text order is time order."""

from datetime import UTC, datetime, timedelta


def text(moment: datetime) -> str:
    """`2026-11-21T09:30:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(value: str) -> datetime:
    """The time that a text of ours names."""
    return datetime.fromisoformat(value)


def after(value: str, seconds: float) -> str:
    """The text of a time that many seconds later."""
    return text(moment(value) + timedelta(seconds=seconds))


def between(earlier: str, later: str) -> float:
    """Seconds from one time to another; negative if it is the other way round."""
    return (moment(later) - moment(earlier)).total_seconds()


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The time now, in UTC."""
        return datetime.now(UTC)
