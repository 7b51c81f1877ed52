"""The values that a setting can have, read from text; every refusal says what to write instead.

A refusal never repeats the value of an address, because addresses carry passwords.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION: Final = re.compile(r"(\d{1,9})(ms|s|m|h|d)")
_SIZES: Final = {"": 1, "B": 1, "KiB": 1024, "MiB": 1024**2}
_SIZE: Final = re.compile(r"(\d{1,12})\s?(B|KiB|MiB|)")
_PORTS: Final = range(1, 65536)
_MAIL_ADDRESS: Final = re.compile(r"[^<>@]*<[^\s<>@]+@[^\s<>@]+>|[^\s<>@]+@[^\s<>@]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a server of ours listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def duration(least: float = 0.001, most: float = 36_500 * 86_400) -> Callable[[str], float]:
    """Seconds, from a number with its unit: `500ms`, `30s`, `5m`, `2h`, `90d`."""

    def parse(text: str) -> float:
        seconds = seconds_of(text)
        if not least <= seconds <= most:
            raise ValueError(f"has to be from {duration_text(least)} to {duration_text(most)}, not {text}")
        return seconds

    return parse


def durations(text: str) -> tuple[float, ...]:
    """Several times to wait, such as `1m,5m,30m,2h`."""
    return tuple(duration()(part.strip()) for part in text.split(","))


def seconds_of(text: str) -> float:
    """Seconds, from a number with its unit."""
    if match := _DURATION.fullmatch(text.strip()):
        return int(match[1]) * _UNITS[match[2]]
    raise ValueError(f"has to be a time such as 500ms, 30s, 5m, 2h or 90d, not {_shown(text)}")


def duration_text(seconds: float) -> str:
    """The shortest way to write a duration: `90d`, `30s`, `500ms`."""
    for unit in ("d", "h", "m", "s"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{int(seconds // _UNITS[unit])}{unit}"
    return f"{round(seconds * 1000)}ms"


def size(least: int, most: int) -> Callable[[str], int]:
    """Bytes: `1MiB`, `512KiB`, or a plain number."""

    def parse(text: str) -> int:
        match = _SIZE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"has to be a size such as 1MiB, 512KiB or 65536, not {_shown(text)}")
        value = int(match[1]) * _SIZES[match[2]]
        if not least <= value <= most:
            raise ValueError(f"has to be from {least} to {most} bytes, not {text}")
        return value

    return parse


def count(least: int, most: int) -> Callable[[str], int]:
    """A whole number within limits."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"has to be a whole number from {least} to {most}, not {_shown(text)}")
        return int(text)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words."""

    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"has to be one of {', '.join(choices)}, not {_shown(text)}")
        return text.lower()

    return parse


def folder(text: str) -> Path:
    """A folder; it need not exist yet."""
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise ValueError(f"has to name a folder, and {path} is a file")
    return path


def listen(text: str) -> Listen:
    """`host:port`, `:port` for every address, `[::1]:port`."""
    parts = _parts("//" + text)
    wrong = parts is None or parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if parts is None or wrong or parts.port is None:
        raise ValueError(f"has to look like 127.0.0.1:8400, not {_shown(text)}")
    return Listen(parts.hostname or "0.0.0.0", parts.port)  # noqa: S104 - whoever leaves the host out asks for it


def database_url(text: str) -> str:
    """A PostgreSQL database or a SQLite file."""
    scheme, _, rest = text.partition("://")
    if scheme == "sqlite":
        if not rest.startswith("/") or rest in ("/", "/:memory:"):
            raise ValueError("has to name a file: sqlite:///relative/path.db or sqlite:////absolute/path.db")
        return text
    parts = _parts(text)
    if scheme not in ("postgresql", "postgresql+psycopg") or parts is None or len(parts.path) <= 1:
        raise ValueError("has to look like postgresql://user:password@host:5432/name or sqlite:///path.db")
    return text


def broker_url(text: str) -> str:
    """A RabbitMQ virtual host."""
    parts = _parts(text)
    if parts is None or parts.scheme not in ("amqp", "amqps") or not parts.hostname:
        raise ValueError("has to look like amqp://user:password@host:5672/vhost, or amqps:// with TLS")
    return text


def smtp_url(text: str) -> str:
    """A mail server."""
    parts = _parts(text)
    if parts is None or parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("has to look like smtp://user:password@host:587, or smtps:// with TLS")
    if parts.query not in ("", "starttls=0", "starttls=1"):
        raise ValueError("may end with ?starttls=1 or ?starttls=0, and with nothing else")
    return text


def web_url(text: str) -> str:
    """Where people open the pages; without a slash at the end."""
    parts = _parts(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("has to look like http://127.0.0.1:8400 or https://countersign.example")
    if parts.query or parts.fragment:
        raise ValueError("has to end with its path, without ? and #")
    return text.rstrip("/")


def mail_address(text: str) -> str:
    """`Name <address>` or only the address."""
    if not text.isprintable() or _MAIL_ADDRESS.fullmatch(text) is None:
        raise ValueError(f"has to look like Countersign <countersign@example.com>, not {_shown(text)}")
    return text


def without_password(url: str) -> str:
    """An address as a message may show it."""
    parts = _parts(url)
    if parts is None or parts.password is None:
        return url.partition("?")[0]
    user = unquote(parts.username or "")
    return f"{parts.scheme}://{user}:***@{parts.netloc.rpartition('@')[2]}{parts.path}"


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        valid = parts.port is None or parts.port in _PORTS
    except ValueError:
        return None
    return parts if valid and not _CONTROL.search(url) and " " not in url else None


def _shown(text: str) -> str:
    return f'"{text[:40]}"' if text.isprintable() else "what cannot be printed"
