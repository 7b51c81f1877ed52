"""After a restore: the database may know less than the ERPs, so every open export is in doubt."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection

from engine.changes import Decision, PutExport
from engine.retrying import Delays
from engine.service.batch import export_events
from engine.service.exports import in_doubt
from engine.store.bulk import run
from engine.store.database import Database
from engine.store.ledger import StoreLedger
from engine.store.outbox import write

_CHUNK: Final = 500
_ERROR: Final = {
    "class": "uncertain",
    "code": "restored",
    "message": "the database was restored from a backup",
}


def doubt_everything(
    database: Database, delays: Delays, now: str, done: Callable[[int], None] = lambda _: None
) -> int:
    """Put every open export in doubt, so that its ERP is asked before anything is sent; returns how many."""
    total, last = 0, ""
    while True:
        with database.write() as connection:
            found = _open(connection, last)
            total += _doubt(connection, found, delays, now)
        done(len(found))
        if len(found) < _CHUNK:
            return total
        last = found[-1][0]


def _open(connection: Connection, after: str) -> list[tuple[str, str]]:
    sql = f"""SELECT key, item FROM exports WHERE status NOT IN ('succeeded', 'failed') AND key > :after
              ORDER BY key LIMIT {_CHUNK}"""
    return [(row[0], row[1]) for row in run(connection, sql, after=after)]


def _doubt(connection: Connection, found: list[tuple[str, str]], delays: Delays, now: str) -> int:
    ledger = StoreLedger(connection, delays)
    items = ledger.items({item for _, item in found})  # locked first, as the engine does it
    exports = ledger.exports(set(items))
    keys = {key for key, _ in found}
    changes = [
        PutExport(in_doubt(each, now, delays.settle, _ERROR), item, "in_doubt")
        for key, item in items.items()
        for each in exports.get(key, ())
        if each.key in keys and each.status not in ("succeeded", "failed")
    ]
    ledger.save(changes, now)
    companies = ledger.companies({item.company for item in items.values()}) if items else {}
    for change in changes:
        decision = Decision(change.item, changes=(change,))
        write(connection, list(export_events(companies[change.export.company], decision, now)))
    return len(changes)
