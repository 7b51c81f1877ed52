"""The program's settings: read once from the environment, every mistake told at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from engine.errors import Misconfigured
from engine.retrying import Delays
from engine.settings_table import SETTINGS
from engine.settings_values import Listen

PREFIX: Final = "COUNTERSIGN_"
_FOR_TESTS: Final = "COUNTERSIGN_TEST_"
_BEHIND_A_PROXY: Final = Listen("127.0.0.1", 8400)
_PLAIN_HTTP_PORT: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting with its value; durations are seconds, and what may hold a password is not shown."""

    database_url: str = field(repr=False)
    broker_url: str | None = field(repr=False)  # None: the durable queue in the database
    smtp_url: str | None = field(repr=False)  # None: files in the data directory
    mail_from: str
    data_dir: Path
    console_url: str
    console_listen: Listen
    metrics_listen: Listen | None
    message_limit: int
    lease: float
    retry_delays: tuple[float, ...]
    settle_time: float
    breaker_failures: int
    breaker_pause: float
    batch_size: int
    prefetch: int
    relay_batch: int
    failure_mail_window: float
    keep_inbox: float
    keep_events: float
    keep_mail: float
    keep_dead_letters: float
    poison_starts: int
    connector_batch: int
    connector_timeout: float
    log: str
    log_format: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every setting; an empty value counts as none.

        Raises Misconfigured with a line for each mistake.
        """
        found, problems = _parsed(environment)
        problems = _unknown(environment) + problems
        if not problems:
            _derive(found)
            problems = _contradictions(found)
        if problems:
            raise Misconfigured(problems)
        return cls(**found)

    @property
    def delays(self) -> Delays:
        """When an export is tried again."""
        return Delays(
            attempts=self.retry_delays,
            lease=self.lease,
            settle=self.settle_time,
            breaker_failures=self.breaker_failures,
            breaker_pause=self.breaker_pause,
        )


def _unknown(environment: Mapping[str, str]) -> list[str]:
    known = {setting.name for setting in SETTINGS}
    ours = (
        name for name in sorted(environment) if name.startswith(PREFIX) and not name.startswith(_FOR_TESTS)
    )
    return [f"{name} is no setting{_suggestion(name, known)}" for name in ours if name not in known]


def _suggestion(name: str, known: set[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f": did you mean {near[0]}?" if near else ""


def _parsed(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    problems: list[str] = []
    for setting in SETTINGS:
        text = environment.get(setting.name, "").strip() or setting.default
        try:
            found[setting.attribute] = None if text is None else setting.parse(text)
        except ValueError as error:
            problems.append(f"{setting.name} {error}")
    return found, problems


def _derive(found: dict[str, Any]) -> None:
    if found["database_url"] is None:
        found["database_url"] = f"sqlite:///{found['data_dir'] / 'countersign.db'}"
    if found["console_listen"] is None:
        url = urlsplit(found["console_url"])
        plain = Listen(url.hostname or "127.0.0.1", url.port or _PLAIN_HTTP_PORT)
        found["console_listen"] = plain if url.scheme == "http" else _BEHIND_A_PROXY


def _contradictions(found: Mapping[str, Any]) -> list[str]:
    problems = []
    if found["connector_timeout"] >= found["lease"]:
        problems.append("COUNTERSIGN_CONNECTOR_TIMEOUT has to be shorter than COUNTERSIGN_LEASE")
    if found["connector_timeout"] >= found["settle_time"]:
        problems.append("COUNTERSIGN_SETTLE_TIME has to be longer than COUNTERSIGN_CONNECTOR_TIMEOUT")
    if found["prefetch"] < found["batch_size"]:
        problems.append("COUNTERSIGN_PREFETCH has to be at least COUNTERSIGN_BATCH_SIZE")
    return problems
