"""What a text of a configuration file has to look like; each check returns what is wrong, or None."""

import re
from collections.abc import Collection
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from console.config.table import Check, shown, suggestion
from engine.settings_values import seconds_of

_SHORTEST_SYNC: Final = 60.0  # seconds


def pattern(expression: str, what: str) -> Check:
    """A text that matches an expression as a whole."""
    compiled = re.compile(expression)

    def check(value: str) -> str | None:
        return None if compiled.fullmatch(value) else f"has to be {what}, not {shown(value)}"

    return check


def one_of(words: Collection[str]) -> Check:
    """One of a few words."""

    def check(value: str) -> str | None:
        if value in words:
            return None
        return f"has to be one of {', '.join(words)}, not {shown(value)}{suggestion(value, words)}"

    return check


def at_most(longest: int) -> Check:
    """A text of so many characters."""
    return lambda value: None if len(value) <= longest else f"has more than {longest} characters"


SLUG: Final = pattern(r"[a-z0-9-]{1,40}", "1 to 40 of a-z, 0-9 and -")
ITEM_ID: Final = pattern(r"[A-Za-z0-9._-]{1,64}", "an item's id: 1 to 64 of A-Z, a-z, 0-9, ., _ and -")
CONNECTOR: Final = pattern(r"[a-z0-9_-]{1,40}", "a connector's name: 1 to 40 of a-z, 0-9, _ and -")
CURRENCY: Final = pattern(r"[A-Z]{3}", 'a currency\'s code such as "USD"')
EMAIL: Final = pattern(
    r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,190}", "an address such as pat@acme.test"
)
TIME_OF_DAY: Final = pattern(r"([01]\d|2[0-3]):[0-5]\d", 'a time of day such as "07:00"')
NAME: Final = at_most(255)


def time_zone(value: str) -> str | None:
    """A time zone's name."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        near = suggestion(value, available_timezones())
        return f'has to be a time zone such as "America/Los_Angeles", not {shown(value)}{near}'
    return None


def sync_every(value: str) -> str | None:
    """How often what waits is exported."""
    try:
        seconds = seconds_of(value)
    except ValueError as error:
        return str(error)
    return None if seconds >= _SHORTEST_SYNC else "has to be at least 1m"
