"""What the figures were measured on."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import pika
import psycopg

_SETTINGS: Final = ("server_version", "synchronous_commit", "fsync", "full_page_writes", "shared_buffers")
_LIBRARIES: Final = ("SQLAlchemy", "psycopg", "kombu", "pika", "transitions", "pydantic")


def describe() -> dict[str, Any]:
    """The machine and the programs on it."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "load_before": os.getloadavg()[0],
    }


def servers(database: str, broker: str) -> dict[str, Any]:
    """What the servers say of themselves."""
    with psycopg.connect(database) as connection:
        sql = "SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name"
        postgresql: dict[str, str] = dict(connection.execute(sql, (list(_SETTINGS),)).fetchall())
    connection = pika.BlockingConnection(pika.URLParameters(broker))
    try:
        properties = connection._impl.server_properties  # noqa: SLF001  pika shows it nowhere else
    finally:
        connection.close()
    rabbitmq = properties["version"]
    return {
        "postgresql": postgresql,
        "rabbitmq": rabbitmq.decode() if isinstance(rabbitmq, bytes) else rabbitmq,
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
