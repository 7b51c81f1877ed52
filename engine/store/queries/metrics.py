"""Figures about what is open, counted at one moment; every query reads partial indexes or what drains by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from engine.store.bulk import is_postgresql, run
from engine.store.queries.integrations import connectors_in_use
from engine.store.queries.snapshot import hold

_LONGEST: Final = "5s"  # a slow answer is no answer: whoever watches asks again soon

_OUTBOX: Final = "SELECT count(*) FROM outbox"
# A repeated reply has no line in the log; the first that has one is as old as makes no difference.
_OUTBOX_SINCE: Final = "SELECT e.at FROM outbox o JOIN event_log e ON e.id = o.id ORDER BY o.id LIMIT 1"
_EXPORTS: Final = """SELECT connector, status, count(*), min(due_at) FROM exports
    WHERE status NOT IN ('succeeded', 'failed') GROUP BY connector, status ORDER BY connector, status"""
_ITEMS: Final = """SELECT item_type, state, count(*) FROM items WHERE state NOT IN ('synced', 'archived')
    GROUP BY item_type, state ORDER BY item_type, state"""
_DEAD_LETTERS: Final = """SELECT kind, reason, count(*) FROM dead_letters WHERE resolved_at IS NULL
    GROUP BY kind, reason ORDER BY kind, reason"""
_INTEGRATIONS: Final = "SELECT state, count(*) FROM integrations GROUP BY state ORDER BY state"
_MAIL: Final = "SELECT count(*), min(created_at) FROM mail WHERE due_at IS NOT NULL"
_WAITS: Final = "SELECT count(*) FROM waits"


@dataclass(frozen=True, slots=True)
class Figures:
    """How much is open, and since when; a row of a group is its labels, its count, and for exports a time."""

    outbox: int
    outbox_since: str | None
    exports: Sequence[tuple[str, str, int, str | None]]  # connector, status, count, first due
    items: Sequence[tuple[str, str, int]]  # item type, state, count
    dead_letters: Sequence[tuple[str, str, int]]  # kind, reason, count
    integrations: Sequence[tuple[str, int]]  # state, count
    connectors: Sequence[str]  # that some company has
    mails: int
    mails_since: str | None
    waits: int


def figures(connection: Connection) -> Figures:
    """Everything at one moment; has to be first in its transaction."""
    hold(connection)
    if is_postgresql(connection):
        run(connection, f"SET LOCAL statement_timeout = '{_LONGEST}'")
    mails, mails_since = run(connection, _MAIL).one()
    return Figures(
        outbox=run(connection, _OUTBOX).scalar_one(),
        outbox_since=run(connection, _OUTBOX_SINCE).scalar_one_or_none(),
        exports=_rows(connection, _EXPORTS),
        items=_rows(connection, _ITEMS),
        dead_letters=_rows(connection, _DEAD_LETTERS),
        integrations=_rows(connection, _INTEGRATIONS),
        connectors=connectors_in_use(connection),
        mails=mails,
        mails_since=mails_since,
        waits=run(connection, _WAITS).scalar_one(),
    )


def _rows(connection: Connection, sql: str) -> list[Any]:
    return [tuple(row) for row in run(connection, sql)]
