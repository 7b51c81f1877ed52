"""Hand attempts out to connector workers: one worker each, committed before the first byte leaves."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from engine import times
from engine.claims import Claimed
from engine.facts import Company, Export
from engine.retrying import Delays
from engine.store import rows
from engine.store.bulk import among, array, insert, is_postgresql, run, update
from engine.store.tables import attempts, exports
from engine.values import replace

Hint = tuple[str, int]  # export key and attempt


def claim(
    connection: Connection, hints: Sequence[Hint], connector: str, worker: str, now: str, delays: Delays
) -> list[Claimed]:
    """Take those of the hints' attempts that this connector still has to make; the rest is not ours, or parked."""
    wanted = dict(hints)
    requested = _requested(connection, list(wanted), connector)
    found = [export for export in requested if wanted[export.key] == export.attempt]
    if not found:
        return []
    companies = _companies(connection, {export.company for export in found})
    going, waiting = _through_breakers(connection, found, companies, now, delays)
    _update(connection, waiting)
    taken = [
        replace(export, status="sending", worker=worker, due_at=times.after(now, delays.claim), tried=True)
        for export in going
    ]
    _update(connection, taken)
    _begin(connection, taken, worker, now)
    return _claimed(connection, taken, {slug: company for slug, (company, _) in companies.items()})


def renew(connection: Connection, hints: Sequence[Hint], worker: str, now: str, delays: Delays) -> set[Hint]:
    """Prolong the claims; returns the attempts that are still this worker's."""
    # Locked in the engine's order, or each could wait for the other.
    lock = "FOR UPDATE" if is_postgresql(connection) else ""
    sql = f"""SELECT key, attempt FROM exports WHERE {among(connection, "key", "keys")}
              AND worker = :worker AND status = 'sending' ORDER BY key {lock}"""
    keys = array(connection, {key for key, _ in hints})
    held = {(key, attempt) for key, attempt in run(connection, sql, keys=keys, worker=worker)}
    ours = held & set(hints)  # a later attempt of the same export has a claim of its own
    due = times.after(now, delays.claim)
    update(connection, exports, "key", [{"key": key, "due_at": due} for key, _ in sorted(ours)])
    return ours


def foreign(connection: Connection, hints: Sequence[Hint], connector: str) -> list[str]:
    """Those exports of the hints that are another connector's."""
    sql = f"""SELECT key FROM exports WHERE {among(connection, "key", "keys")} AND connector <> :connector
              ORDER BY key"""
    keys = array(connection, [key for key, _ in hints])
    return [row[0] for row in run(connection, sql, keys=keys, connector=connector)]


def _requested(connection: Connection, keys: list[str], connector: str) -> list[Export]:
    # Not SKIP LOCKED: the engine may only be looking at the row, and the hint would be gone.
    lock = "FOR UPDATE" if is_postgresql(connection) else ""
    sql = f"""SELECT * FROM exports WHERE {among(connection, "key", "keys")} AND status = 'requested'
              AND connector = :connector ORDER BY key {lock}"""
    found = run(connection, sql, keys=array(connection, keys), connector=connector)
    return sorted((rows.export(row) for row in found.mappings()), key=lambda export: export.requested_at)


def _companies(connection: Connection, slugs: set[str]) -> dict[str, tuple[Company, Mapping[str, Any]]]:
    sql = f"""SELECT c.*, i.connector, i.settings, i.profile, i.export, i.state AS breaker, i.probe_at
              FROM companies c LEFT JOIN integrations i ON i.company = c.slug
              WHERE {among(connection, "slug", "slugs")}"""
    found = run(connection, sql, slugs=array(connection, slugs)).mappings()
    return {row["slug"]: (rows.company(row), dict(row)) for row in found}


def _through_breakers(
    connection: Connection,
    found: Sequence[Export],
    companies: Mapping[str, tuple[Company, Mapping[str, Any]]],
    now: str,
    delays: Delays,
) -> tuple[list[Export], list[Export]]:
    """A stopped integration lets nothing through, an open one a single probe; neither holds another company up."""
    going: list[Export] = []
    waiting: list[Export] = []
    probing: set[str] = set()
    for export in found:
        breaker = companies[export.company][1]
        if breaker["breaker"] == "stopped":
            waiting.append(replace(export, due_at=None))
        elif breaker["breaker"] != "open":
            going.append(export)
        elif export.company not in probing and (breaker["probe_at"] or now) <= now:
            probing.add(export.company)
            going.append(export)
        else:
            due = (
                breaker["probe_at"]
                if (breaker["probe_at"] or now) > now
                else times.after(now, delays.breaker_pause)
            )
            waiting.append(replace(export, due_at=due))
    for company in sorted(probing):
        sql = "UPDATE integrations SET probe_at = :probe WHERE company = :company"
        run(connection, sql, company=company, probe=times.after(now, delays.breaker_pause))
    return going, waiting


def _update(connection: Connection, changed: Sequence[Export]) -> None:
    columns = ("key", "status", "worker", "due_at", "tried")
    update(
        connection, exports, "key", [{name: getattr(export, name) for name in columns} for export in changed]
    )


def _begin(connection: Connection, taken: Sequence[Export], worker: str, now: str) -> None:
    begun = [
        {
            "export": export.key,
            "attempt": export.attempt,
            "mode": export.mode,
            "status": "sending",
            "worker": worker,
            "started_at": now,
        }
        for export in taken
    ]
    insert(connection, attempts, begun, "ON CONFLICT (export, attempt) DO NOTHING")


def _claimed(
    connection: Connection, taken: Sequence[Export], companies: Mapping[str, Company]
) -> list[Claimed]:
    sql = f"SELECT * FROM items WHERE {among(connection, 'key', 'keys')}"
    keys = array(connection, [export.item for export in taken])
    items = {row["key"]: rows.item(row) for row in run(connection, sql, keys=keys).mappings()}
    needed = {key for export in taken for key in export.request.get("references", {}) if key != export.item}
    sql = f"""SELECT key, erp_id FROM items WHERE {among(connection, "key", "keys")}
              AND synced_version IS NOT NULL"""
    current = (
        {row[0]: row[1] for row in run(connection, sql, keys=array(connection, needed))} if needed else {}
    )
    return [_one(export, items[export.item], companies[export.company], current) for export in taken]


def _one(export: Export, item: Any, company: Company, current: Mapping[str, str]) -> Claimed:
    wanted = export.request.get("references", {})
    references = {key: current.get(key, wanted[key]) for key in wanted}
    missing = tuple(key for key in wanted if key != export.item and key not in current)
    return Claimed(export, item, company, references, missing)
