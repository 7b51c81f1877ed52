"""Delete what is past its age, in chunks, so that nobody waits long for a lock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.store.bulk import run
from engine.store.database import Database

_CHUNK: Final = 1000

# The oldest rows of each table that are past their age, by an index: where nothing is, nothing is read.
# A command's voucher goes with its outcome's time. The log is walked by its numbers, which rise with its times.
_OLD: Final[Mapping[str, tuple[str, str]]] = {
    "inbox": ("key", "at < :before ORDER BY at"),
    "vouchers": ("key", "at < :before ORDER BY at"),
    "event_log": (
        "id",
        f"""id IN (SELECT id FROM event_log ORDER BY id LIMIT {_CHUNK}) AND at < :before
            AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = event_log.id)""",
    ),
    "mail": ("id", "created_at < :before AND due_at IS NULL ORDER BY created_at"),
    "dead_letters": ("id", "resolved_at < :before ORDER BY resolved_at"),
}


@dataclass(frozen=True, slots=True)
class Ages:
    """Everything before these times goes."""

    inbox: str
    event_log: str
    mail: str
    dead_letters: str

    def before(self, table: str) -> str:
        """The time before which this table's rows go."""
        return str(getattr(self, "inbox" if table == "vouchers" else table))


def prune(database: Database, ages: Ages, deleted: Callable[[int], None] = lambda _: None) -> dict[str, int]:
    """Delete; returns how many rows of each table went. `deleted` hears of every chunk."""
    found = {}
    for table, (key, condition) in _OLD.items():
        found[table] = _prune(database, table, key, condition, ages.before(table), deleted)
    return found


def _prune(
    database: Database, table: str, key: str, condition: str, before: str, deleted: Callable[[int], None]
) -> int:
    found = f"SELECT {key} FROM {table} WHERE {condition} LIMIT"
    sql = f"DELETE FROM {table} WHERE {key} IN ({found} {_CHUNK})"
    total = 0
    while _any(database, f"{found} 1", before):
        with database.write() as connection:
            count = int(run(connection, sql, before=before).rowcount)
        total += count
        deleted(count)
    return total


def _any(database: Database, sql: str, before: str) -> bool:
    with database.read() as connection:
        return run(connection, sql, before=before).first() is not None
