"""A company's day in its own time: when its summary is due, also on the days when clocks are changed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.facts import Company
from notifications.views import zone_of

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CompanyDay:
    """One day of a company whose summary is due."""

    company: str
    day: date


def due_now(company: Company, created_at: datetime, now: datetime) -> CompanyDay | None:
    """Today, as the company's calendar has it, once its time has come; earlier days are not made up."""
    today = now.astimezone(zone_of(company)).date()
    return CompanyDay(company.slug, today) if _has_come(company, created_at, today, now) else None


def due_on(company: Company, created_at: datetime, day: date) -> CompanyDay | None:
    """A day that was asked for by name, as it stands at that day's end."""
    end = _first_instant(day + timedelta(days=1), time(0), zone_of(company))
    return CompanyDay(company.slug, day) if _has_come(company, created_at, day, end) else None


def _has_come(company: Company, created_at: datetime, day: date, now: datetime) -> bool:
    begins = _first_instant(day, time.fromisoformat(company.daily_summary_at), zone_of(company))
    return created_at <= begins <= now


def _first_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The first moment of a day at which the zone's clocks show `at` or later."""
    wall = datetime.combine(day, at.replace(tzinfo=None))
    earlier = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if earlier.astimezone(zone).replace(tzinfo=None) == wall:
        return earlier  # of the two that an autumn night has, fold 0 is the first
    return _end_of_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), earlier, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between two at which clocks are put forward, to the second."""
    new = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + ((after - before) // 2 // _SECOND) * _SECOND
        if middle in (before, after):
            break
        if middle.astimezone(zone).utcoffset() == new:
            after = middle
        else:
            before = middle
    return after
