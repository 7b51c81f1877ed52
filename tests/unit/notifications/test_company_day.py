"""When a company's summary is due."""

from datetime import UTC, date, datetime

import pytest

from engine.facts import Company
from notifications.company_day import due_now, due_on

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _company(at: str = "07:00", zone: str = "America/Los_Angeles") -> Company:
    return Company("acme", timezone=zone, daily_summary_at=at)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _is_due(at: str, now: str, zone: str = "America/Los_Angeles") -> date | None:
    due = due_now(_company(at, zone), LONG_AGO, _utc(now))
    return None if due is None else due.day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-20T14:59:59", None),
        ("2026-11-20T15:00:00", date(2026, 11, 20)),
        ("2026-11-21T07:59:59", date(2026, 11, 20)),
        ("2026-11-21T08:00:00", None),
    ],
)
def test_it_is_due_from_its_time_to_midnight_in_the_companys_own_time(now: str, day: date | None) -> None:
    """UTC days mean nothing to a company in California."""
    assert _is_due("07:00", now) == day


def test_a_time_that_the_spring_night_leaves_out_is_due_when_the_clocks_jump() -> None:
    """On 8 March 2026 Los Angeles goes from 01:59:59 to 03:00: 02:30 comes at 03:00."""
    assert _is_due("02:30", "2026-03-08T09:59:59") is None
    assert _is_due("02:30", "2026-03-08T10:00:00") == date(2026, 3, 8)


def test_a_time_that_the_autumn_night_has_twice_is_due_at_the_first() -> None:
    """On 1 November 2026 01:30 comes at 08:30 and 09:30 UTC."""
    assert _is_due("01:30", "2026-11-01T08:29:59") is None
    assert _is_due("01:30", "2026-11-01T08:30:00") == date(2026, 11, 1)


def test_after_the_first_of_two_times_it_stays_due_though_the_clocks_show_less() -> None:
    """A scheduler that was down at the first 01:45 runs at the second 01:10."""
    assert _is_due("01:45", "2026-11-01T09:10:00") == date(2026, 11, 1)


def test_a_gap_at_midnight_moves_the_day_but_does_not_lose_it() -> None:
    """In Cairo the day of 24 April 2026 begins at 01:00."""
    assert _is_due("00:15", "2026-04-23T21:59:59", "Africa/Cairo") == date(2026, 4, 23)
    assert _is_due("00:15", "2026-04-23T22:00:00", "Africa/Cairo") == date(2026, 4, 24)


def test_after_a_day_without_a_scheduler_only_today_is_due() -> None:
    """Missed days are not made up: before today's time nothing is due at all."""
    assert _is_due("07:00", "2026-11-22T14:00:00") is None
    assert _is_due("07:00", "2026-11-22T16:00:00") == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("created", "is_due"), [("2026-11-20T15:00:00", True), ("2026-11-20T15:00:01", False)]
)
def test_a_company_created_after_todays_time_starts_tomorrow(created: str, is_due: bool) -> None:
    """Nobody gets a summary within a minute of the first `apply`."""
    found = due_now(_company(), _utc(created), _utc("2026-11-20T20:00:00"))
    assert (found is not None) == is_due
    assert due_now(_company(), _utc(created), _utc("2026-11-21T15:00:00")) is not None


def test_a_day_that_is_asked_for_is_seen_from_its_end() -> None:
    """An operator may send today's before its time, but none of a day before the company was there."""
    assert due_on(_company(), LONG_AGO, date(2026, 11, 20)) is not None
    assert due_on(_company(), _utc("2026-11-20T20:00:00"), date(2026, 11, 20)) is None
    assert due_on(_company(), _utc("2026-11-20T20:00:00"), date(2026, 11, 21)) is not None


def test_an_unknown_zone_is_taken_as_utc() -> None:
    """A company is never left without its mail because of a name."""
    assert _is_due("07:00", "2026-11-20T07:00:00", "Mars/Olympus") == date(2026, 11, 20)
