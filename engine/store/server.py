"""What a database says of itself."""

from dataclasses import dataclass
from datetime import datetime

from engine.store.bulk import run
from engine.store.database import Database


@dataclass(frozen=True, slots=True)
class Server:
    """A database's program, and its time of day where that may differ from ours."""

    product: str
    version: tuple[int, ...]
    time: datetime | None

    @property
    def version_text(self) -> str:
        """`3.40.1`."""
        return ".".join(map(str, self.version))


def describe(database: Database) -> Server:
    """Ask the database; raises StoreUnavailable when it is away."""
    with database.read() as connection:
        if not database.is_postgresql:
            return Server(
                "SQLite", _numbers(str(run(connection, "SELECT sqlite_version()").scalar_one())), None
            )
        number = int(run(connection, "SELECT current_setting('server_version_num')").scalar_one())
        time: datetime = run(connection, "SELECT clock_timestamp()").scalar_one()
    return Server("PostgreSQL", (number // 10_000, number % 10_000), time)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))
