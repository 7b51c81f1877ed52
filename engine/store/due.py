"""Exports whose time has come, and waits that were met unseen."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from engine.facts import Company, Export, Item
from engine.store import rows
from engine.store.bulk import among, array, insert, is_postgresql, run
from engine.store.tables import releases

_DUE: Final = """
    SELECT e.*, i.state AS breaker FROM exports e LEFT JOIN integrations i ON i.company = e.company
    WHERE e.status NOT IN ('succeeded', 'failed') AND e.due_at <= :now
    AND (e.status = 'sending' OR i.state IS NULL OR i.state = 'running' OR (i.state = 'open' AND i.probe_at <= :now))
    ORDER BY e.due_at LIMIT :limit"""


def due_exports(connection: Connection, now: str, limit: int) -> list[tuple[Export, Item, Company]]:
    """Open exports whose lease, delay or settle time is over, oldest first, locked.

    What a stopped integration has parked stays where it is; of an open one a single export probes the ERP.
    """
    lock = "FOR UPDATE OF e SKIP LOCKED" if is_postgresql(connection) else ""
    found = _probing(run(connection, f"{_DUE} {lock}", now=now, limit=limit).mappings())
    if not found:
        return []
    sql = f"SELECT * FROM items WHERE {among(connection, 'key', 'keys')}"
    keys = array(connection, {export.item for export in found})
    items = {row["key"]: rows.item(row) for row in run(connection, sql, keys=keys).mappings()}
    sql = f"""SELECT c.*, i.connector, i.settings, i.profile, i.export FROM companies c
              LEFT JOIN integrations i ON i.company = c.slug WHERE {among(connection, "c.slug", "slugs")}"""
    slugs = array(connection, {export.company for export in found})
    companies = {row["slug"]: rows.company(row) for row in run(connection, sql, slugs=slugs).mappings()}
    return [(export, items[export.item], companies[export.company]) for export in found]


def _probing(due: Iterable[Mapping[str, Any]]) -> list[Export]:
    found, probed = [], set()
    for row in due:
        if row["breaker"] == "open" and row["status"] != "sending":
            if row["company"] in probed:
                continue
            probed.add(row["company"])
        found.append(rows.export(row))
    return found


def next_due(connection: Connection) -> str | None:
    """When the next open export is due."""
    sql = "SELECT min(due_at) FROM exports WHERE status NOT IN ('succeeded', 'failed')"
    found: str | None = run(connection, sql).scalar()
    return found


def met_unseen(connection: Connection) -> list[str]:
    """The needs that somebody waits for although they are met already, in order. Normally none."""
    sql = """SELECT w.need FROM waits w JOIN items i ON i.key = w.need AND i.synced_version IS NOT NULL
             UNION SELECT w.need FROM waits w JOIN met m ON m.need = w.need
             UNION SELECT w.standard FROM waits w JOIN met m ON m.need = w.standard ORDER BY 1"""
    return list(run(connection, sql).scalars())


def sweep(connection: Connection, needs: Sequence[str]) -> None:
    """Release what waits for these needs; in order, so that two who sweep do not wait for each other."""
    insert(connection, releases, [{"need": need} for need in sorted(needs)], "ON CONFLICT DO NOTHING")
