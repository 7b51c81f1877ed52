"""Log lines of our own and of the libraries: one shape, to stderr, without secrets."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from console.secrets import hidden

_NOISY = (
    "amqp",
    "kombu",
    "pika",
    "httpx",
    "httpx2",
    "httpcore2",
    "httpcore",
    "urllib3",
    "alembic",
    "transitions",
    "uvicorn.access",
)


def configure(level: str, form: str) -> None:
    """Send every log line of this process to stderr, as `console` text or as `json`."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _without_secrets,
                _renderer(form),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    if number > logging.DEBUG:
        # It tells every failed connection seven times, and raises it besides: we tell it once.
        logging.getLogger("pika").setLevel(logging.CRITICAL)


def _renderer(form: str) -> Any:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _without_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: hidden(value, name) for name, value in event.items()}


def log_traceback(error: BaseException) -> None:
    """Write where an error came from to the log."""
    structlog.get_logger("countersign").error("error", exc_info=error)
