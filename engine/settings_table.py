"""The table of settings: name, default, how it is read, what it means; the documentation shows it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from engine import settings_values as values


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table of settings; without a default the program decides, and `shown` says how."""

    name: str
    attribute: str
    default: str | None
    parse: Callable[[str], Any]
    help: str
    shown: str = ""


def _keep(name: str, attribute: str, default: str, what: str) -> Setting:
    return Setting(name, attribute, default, values.duration(least=3600), f"How long {what}.")


SETTINGS: Final = (
    Setting(
        "COUNTERSIGN_DATABASE_URL",
        "database_url",
        None,
        values.database_url,
        "The database: `postgresql://user:password@host:5432/name` or `sqlite:///path.db`.",
        "a SQLite file in the data directory",
    ),
    Setting(
        "COUNTERSIGN_BROKER_URL",
        "broker_url",
        None,
        values.broker_url,
        "RabbitMQ: `amqp://user:password@host:5672/vhost`; with TLS `amqps://`, where `?cacertfile=`, "
        "`&certfile=` and `&keyfile=` name files.",
        "a durable queue in the database",
    ),
    Setting(
        "COUNTERSIGN_SMTP_URL",
        "smtp_url",
        None,
        values.smtp_url,
        "The mail server: `smtp://user:password@host:587`, or `smtps://` with TLS from the start. "
        "`?starttls=1` asks for STARTTLS and `?starttls=0` does not; without either, a log-in asks for it.",
        "each mail becomes an `.eml` file in the data directory",
    ),
    Setting(
        "COUNTERSIGN_MAIL_FROM",
        "mail_from",
        "Countersign <countersign@localhost>",
        values.mail_address,
        "The sender of every mail.",
    ),
    Setting(
        "COUNTERSIGN_DATA_DIR",
        "data_dir",
        "./var",
        values.folder,
        "The folder for everything that is kept in files.",
    ),
    Setting(
        "COUNTERSIGN_CONSOLE_URL",
        "console_url",
        "http://127.0.0.1:8400",
        values.web_url,
        "Where people open the pages; links in mails begin with it.",
    ),
    Setting(
        "COUNTERSIGN_CONSOLE_LISTEN",
        "console_listen",
        None,
        values.listen,
        "Where `up` and `serve console` listen: `host:port`.",
        "host and port of the console's URL; 127.0.0.1:8400 behind `https`, which a proxy answers",
    ),
    Setting(
        "COUNTERSIGN_METRICS_LISTEN",
        "metrics_listen",
        None,
        values.listen,
        "Where every role shows its [Prometheus metrics](operate.md#metrics): `host:port`.",
        "off",
    ),
    Setting(
        "COUNTERSIGN_MESSAGE_LIMIT",
        "message_limit",
        "1MiB",
        values.size(1024, 64 * 1024**2),
        "The largest command; a larger one becomes a dead letter. `512KiB`, `1MiB`, or bytes.",
    ),
    Setting(
        "COUNTERSIGN_LEASE",
        "lease",
        "60s",
        values.duration(least=1, most=86_400),
        "How long one attempt of an export may take; an attempt without an answer by then is in doubt.",
    ),
    Setting(
        "COUNTERSIGN_RETRY_DELAYS",
        "retry_delays",
        "1m,5m,30m,2h",
        values.durations,
        "How long an export waits before each further attempt; after the last it is a dead letter.",
    ),
    Setting(
        "COUNTERSIGN_SETTLE_TIME",
        "settle_time",
        "30s",
        values.duration(most=86_400),
        "How long after an attempt went out the ERP's *absent* counts; longer than the connector's time-out.",
    ),
    Setting(
        "COUNTERSIGN_BREAKER_FAILURES",
        "breaker_failures",
        "5",
        values.count(1, 1000),
        "After so many failures in a row an integration pauses and only probes.",
    ),
    Setting(
        "COUNTERSIGN_BREAKER_PAUSE",
        "breaker_pause",
        "30s",
        values.duration(most=86_400),
        "How long a paused integration waits before its next probe.",
    ),
    Setting(
        "COUNTERSIGN_BATCH_SIZE",
        "batch_size",
        "250",
        values.count(1, 10_000),
        "Commands in one transaction.",
    ),
    Setting(
        "COUNTERSIGN_PREFETCH",
        "prefetch",
        "1000",
        values.count(1, 65_535),
        "Messages that the broker hands over before the first is acknowledged; at least a batch.",
    ),
    Setting(
        "COUNTERSIGN_RELAY_BATCH",
        "relay_batch",
        "1000",
        values.count(1, 10_000),
        "Events that the relay publishes in one go.",
    ),
    Setting(
        "COUNTERSIGN_FAILURE_MAIL_WINDOW",
        "failure_mail_window",
        "60s",
        values.duration(most=86_400),
        "Failures of a person within this time become one mail.",
    ),
    _keep(
        "COUNTERSIGN_KEEP_INBOX",
        "keep_inbox",
        "90d",
        "a command's outcome is kept, and so how late a repeat may come",
    ),
    _keep("COUNTERSIGN_KEEP_EVENTS", "keep_events", "30d", "the event log is kept"),
    _keep("COUNTERSIGN_KEEP_MAIL", "keep_mail", "90d", "mail that was sent is kept"),
    _keep("COUNTERSIGN_KEEP_DEAD_LETTERS", "keep_dead_letters", "365d", "resolved dead letters are kept"),
    Setting(
        "COUNTERSIGN_POISON_STARTS",
        "poison_starts",
        "5",
        values.count(1, 50),
        "A message that stopped the worker so often becomes a dead letter.",
    ),
    Setting(
        "COUNTERSIGN_CONNECTOR_BATCH",
        "connector_batch",
        "200",
        values.count(1, 500),
        "Exports in one call of an ERP that takes several.",
    ),
    Setting(
        "COUNTERSIGN_CONNECTOR_TIMEOUT",
        "connector_timeout",
        "20s",
        values.duration(most=3600),
        "How long a connector waits for the ERP's answer; shorter than the lease.",
    ),
    Setting(
        "COUNTERSIGN_LOG",
        "log",
        "info",
        values.one_of("debug", "info", "warning", "error"),
        "The least important line that is logged: `debug`, `info`, `warning` or `error`.",
    ),
    Setting(
        "COUNTERSIGN_LOG_FORMAT",
        "log_format",
        "console",
        values.one_of("console", "json"),
        "`console` for people, `json` for machines.",
    ),
)
