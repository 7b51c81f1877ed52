"""Settings: what the environment may say, and what it is told when it is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import Misconfigured
from engine.retrying import Delays
from engine.settings import Settings
from engine.settings_table import SETTINGS
from engine.settings_values import Listen, duration_text, seconds_of, without_password


def problems(**environment: str) -> tuple[str, ...]:
    """What the program says of an environment that is wrong."""
    with pytest.raises(Misconfigured) as raised:
        Settings.from_environment({f"COUNTERSIGN_{name}": value for name, value in environment.items()})
    return raised.value.problems


def settings(**environment: str) -> Settings:
    """The settings of an environment."""
    return Settings.from_environment({f"COUNTERSIGN_{name}": value for name, value in environment.items()})


def test_an_empty_environment_is_one_machine_without_services() -> None:
    """A fresh clone runs without anything being set."""
    found = settings()
    assert found.database_url == "sqlite:///var/countersign.db"
    assert (found.broker_url, found.smtp_url, found.metrics_listen) == (None, None, None)
    assert found.console_listen == Listen("127.0.0.1", 8400)
    assert found.message_limit == 1024**2


def test_every_row_of_the_table_is_an_attribute() -> None:
    """What is documented can be read, and nothing else."""
    assert {row.attribute for row in SETTINGS} == set(Settings.__dataclass_fields__)


def test_delays_are_those_of_the_export_rules() -> None:
    """The defaults of the settings and of the engine are the same."""
    assert settings().delays == Delays()


def test_delays_follow_the_environment() -> None:
    """Each of the times of an export can be set."""
    found = settings(RETRY_DELAYS="100ms, 2s,1d", LEASE="2m", SETTLE_TIME="45s", BREAKER_FAILURES="2")
    assert found.delays == Delays((0.1, 2.0, 86400.0), lease=120, settle=45, breaker_failures=2)


def test_every_mistake_is_told_at_once() -> None:
    """Nobody has to start the program once for each mistake."""
    found = problems(LEASE="soon", BATCH_SIZE="0", LOG="loud", DATABASE_ULR="x")
    assert len(found) == 4
    assert all(sentence.startswith("COUNTERSIGN_") for sentence in found)


def test_an_unknown_name_is_refused_with_what_was_meant() -> None:
    """A misspelled name would otherwise be a default that nobody notices."""
    (sentence,) = problems(DATABASE_ULR="x")
    assert sentence == "COUNTERSIGN_DATABASE_ULR is no setting: did you mean COUNTERSIGN_DATABASE_URL?"


def test_names_for_tests_and_of_others_do_not_count() -> None:
    """The tests' own variables may be set while the program runs."""
    Settings.from_environment({"COUNTERSIGN_TEST_DATABASE_URL": "x", "PATH": "/bin", "_COUNTERSIGN_X": "1"})


def test_an_empty_value_counts_as_none() -> None:
    """Compose files pass a variable on as empty when it is not set."""
    assert settings(BROKER_URL="", LEASE=" ").broker_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://h/x"),
        ("DATABASE_URL", "postgres://h/x"),
        ("DATABASE_URL", "postgresql://h"),
        ("DATABASE_URL", "postgresql://h:notaport/x"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("BROKER_URL", "redis://h"),
        ("BROKER_URL", "amqp:///x"),
        ("BROKER_URL", "amqp://h:99999/"),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "smtp://h/inbox"),
        ("SMTP_URL", "smtp://h?tls=1"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "A <a@b>\nBcc: x@y"),
        ("CONSOLE_URL", "127.0.0.1:8400"),
        ("CONSOLE_URL", "http://user:word@h"),
        ("CONSOLE_URL", "http://h/?a=1"),
        ("CONSOLE_LISTEN", "8400"),
        ("CONSOLE_LISTEN", "host"),
        ("METRICS_LISTEN", "h:0"),
        ("MESSAGE_LIMIT", "1MB"),
        ("MESSAGE_LIMIT", "10"),
        ("LEASE", "60"),
        ("LEASE", "-1s"),
        ("LEASE", "0s"),
        ("RETRY_DELAYS", "1m,,5m"),
        ("RETRY_DELAYS", "0s"),
        ("BREAKER_FAILURES", "five"),
        ("PREFETCH", "70000"),
        ("KEEP_INBOX", "1m"),
        ("LOG", "trace"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(name: str, value: str) -> None:
    """The line names the setting and says what to write instead."""
    (sentence,) = problems(**{name: value})
    assert sentence.startswith(f"COUNTERSIGN_{name} ")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("DATABASE_URL", "postgresql+psycopg://u:p@h/x", "database_url", "postgresql+psycopg://u:p@h/x"),
        ("DATABASE_URL", "sqlite:////srv/c.db", "database_url", "sqlite:////srv/c.db"),
        ("BROKER_URL", "amqps://u:p@h/%2F", "broker_url", "amqps://u:p@h/%2F"),
        ("SMTP_URL", "smtp://u:p@h:587?starttls=1", "smtp_url", "smtp://u:p@h:587?starttls=1"),
        ("CONSOLE_URL", "https://c.example/desk/", "console_url", "https://c.example/desk"),
        ("CONSOLE_LISTEN", "[::1]:80", "console_listen", Listen("::1", 80)),
        ("METRICS_LISTEN", ":9464", "metrics_listen", Listen("0.0.0.0", 9464)),
        ("MESSAGE_LIMIT", "512KiB", "message_limit", 512 * 1024),
        ("MESSAGE_LIMIT", "65536", "message_limit", 65536),
        ("KEEP_INBOX", "2h", "keep_inbox", 7200.0),
        ("LOG", "DEBUG", "log", "debug"),
        ("DATA_DIR", "/srv/x", "data_dir", Path("/srv/x")),
    ],
)
def test_a_right_value_is_taken(name: str, value: str, attribute: str, expected: object) -> None:
    """Each form that the documentation names is understood."""
    assert getattr(settings(**{name: value}), attribute) == expected


def test_the_console_listens_where_its_address_says() -> None:
    """One setting is enough for another port."""
    assert settings(CONSOLE_URL="http://0.0.0.0:9000").console_listen == Listen("0.0.0.0", 9000)


def test_behind_a_proxy_the_console_keeps_its_own_port() -> None:
    """`https` is answered by a proxy, so its port is not ours."""
    assert settings(CONSOLE_URL="https://c.example").console_listen == Listen("127.0.0.1", 8400)


def test_settings_that_contradict_each_other_are_refused() -> None:
    """An attempt that outlives its lease could never be told from a dead one."""
    found = problems(CONNECTOR_TIMEOUT="2m", BATCH_SIZE="2000")
    assert [sentence.split()[0] for sentence in found] == [
        "COUNTERSIGN_CONNECTOR_TIMEOUT",
        "COUNTERSIGN_SETTLE_TIME",
        "COUNTERSIGN_PREFETCH",
    ]


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    """The mistake is told at start, not at the first write."""
    file = tmp_path / "file"
    file.write_text("")
    (sentence,) = problems(DATA_DIR=str(file))
    assert sentence.startswith("COUNTERSIGN_DATA_DIR has to name a folder")


SECRET = "hunter2"


@pytest.mark.parametrize("name", ["DATABASE_URL", "BROKER_URL", "SMTP_URL", "CONSOLE_URL"])
def test_no_refusal_shows_a_password(name: str) -> None:
    """An address may be wrong and still hold the right password."""
    assert SECRET not in "".join(problems(**{name: f"wrong://user:{SECRET}@host:port/x"}))


def test_the_settings_show_no_password() -> None:
    """Settings may end up in a traceback or a log line."""
    found = settings(
        DATABASE_URL=f"postgresql://u:{SECRET}@h/x",
        BROKER_URL=f"amqp://u:{SECRET}@h",
        SMTP_URL=f"smtp://u:{SECRET}@h",
    )
    assert SECRET not in repr(found)
    assert SECRET not in str(found)


def test_an_address_can_be_shown_without_its_password() -> None:
    """People need to see which server is meant."""
    assert without_password(f"smtp://u:{SECRET}@h:25/?x=1") == "smtp://u:***@h:25/"
    assert without_password("smtp://h") == "smtp://h"


@pytest.mark.parametrize("text", ["500ms", "30s", "5m", "2h", "90d"])
def test_a_duration_is_written_as_it_is_read(text: str) -> None:
    """Messages show times in the form that the settings take."""
    assert duration_text(seconds_of(text)) == text


def test_reading_settings_loads_no_heavy_library() -> None:
    """Every command reads them first, and `--help` should not wait for a database driver."""
    program = "import engine.settings, sys; print(*sorted({n.split('.')[0] for n in sys.modules}))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert not {"sqlalchemy", "pydantic", "tenacity", "kombu", "pika"} & set(loaded.split())
