"""Foreign text made fit for a mail: no control characters, no secrets, no endless lines."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 4_000
_LONGEST_ADDRESS: Final = 2_000
_MASK: Final = "•••"
_SHORTEST_SECRET: Final = 4
# Invisible characters that turn the direction of what follows could make a text read as another one.
_TURNING: Final = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNFIT: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


def paragraph(value: object, longest: int = LONGEST_TEXT) -> str:
    """A text of several lines, without control characters."""
    lines = str("" if value is None else value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return shortened("\n".join(_printable(line).rstrip() for line in lines).strip(), longest)


def line(value: object, longest: int = LONGEST_LINE) -> str:
    """A text on one line, fit for a header too."""
    return shortened(" ".join(paragraph(value, longest + 1).split()), longest)


def shortened(text: str, longest: int) -> str:
    """The text itself, or its beginning and an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def without(text: str, secrets: Iterable[object]) -> str:
    """The text with every secret masked, however it is punctuated."""
    for secret in secrets:
        signs = re.findall(r"[^\W_]", str(secret or ""))
        if len(signs) >= _SHORTEST_SECRET:
            text = re.sub(r"[\W_]{0,2}".join(map(re.escape, signs)), _MASK, text, flags=re.IGNORECASE)
    return text


def web_address(value: object) -> str | None:
    """An address that a mail program may open, or nothing; `javascript:` never gets into a mail."""
    if not isinstance(value, str) or len(value) > _LONGEST_ADDRESS:
        return None
    if _printable(value) != value or " " in value:
        return None
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None


def page(console_url: str, key: str) -> str:
    """The console's page of an item."""
    return f"{console_url.rstrip('/')}/items/{quote(key, safe='/')}"


def money(amount: str | None, currency: str) -> str | None:
    """`1,250,000.00 USD`; what is no number stays as it is."""
    if amount is None:
        return None
    try:
        value = Decimal(amount)
        shown = f"{value:,.2f}" if value == round(value, 2) else f"{value:,f}"
    except (InvalidOperation, ValueError):
        shown = line(amount, 40)
    return f"{shown} {line(currency, 3)}"


def moment(value: str | None, zone: ZoneInfo) -> str | None:
    """`21 Nov 2026, 09:30 PST`: a time of the tables as the company's clock showed it."""
    if value is None:
        return None
    local = datetime.fromisoformat(value).astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M %Z}"


def day(value: str | None, zone: ZoneInfo) -> str | None:
    """`21 Nov 2026`."""
    shown = moment(value, zone)
    return None if shown is None else shown.partition(",")[0]


def _printable(text: str) -> str:
    return "".join(_fit(sign) for sign in text if sign not in _TURNING)


def _fit(sign: str) -> str:
    if sign == "\t":
        return " "
    return "\ufffd" if unicodedata.category(sign) in _UNFIT else sign
