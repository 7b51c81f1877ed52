"""What operators do to dead letters: vouch for a replay, settle by hand, say why."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from engine.service.record import dead_letter_event
from engine.store.bulk import insert, run
from engine.store.outbox import write
from engine.store.tables import vouchers

_SETTLE: Final = """UPDATE dead_letters SET resolved_at = :now, resolution = :resolution, resolved_by = :by,
        resolve_reason = :reason
    WHERE id = :id AND resolved_at IS NULL
    RETURNING id, kind, reason, class, code, message, company, item, export, attempts, connector, resolution,
        resolved_by"""


def vouch(connection: Connection, keys: Sequence[str], actor: str, now: str) -> None:
    """Whoever writes this holds the database's password, so commands with these keys (hex) may be trusted."""
    rows = [{"key": key, "actor": actor, "at": now} for key in keys]
    insert(connection, vouchers, rows, "ON CONFLICT (key) DO NOTHING")


def settle(
    connection: Connection, number: int, resolution: str, by: str, reason: str, now: str
) -> Mapping[str, Any] | None:
    """Resolve an open dead letter and announce it; None if it is not open."""
    row = (
        run(connection, _SETTLE, id=number, resolution=resolution, by=by, reason=reason, now=now)
        .mappings()
        .first()
    )
    if row is None:
        return None
    write(connection, [dead_letter_event(dict(row), "resolved", now)])
    return dict(row)


def explain(connection: Connection, numbers: Sequence[int], reason: str) -> None:
    """Keep why these were replayed, beside the resolution that the engine wrote."""
    for number in numbers:
        sql = "UPDATE dead_letters SET resolve_reason = :reason WHERE id = :id AND resolved_at IS NOT NULL"
        run(connection, sql, id=number, reason=reason)
