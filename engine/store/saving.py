"""Write what a batch of decisions changed, in bulk; where the order within the batch matters, the net effect."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from engine.changes import (
    Breaker,
    Change,
    Claim,
    Free,
    Meet,
    OpenDeadLetter,
    PutAttempt,
    PutExport,
    Refer,
    ResolveDeadLetter,
    Unmeet,
    Wait,
)
from engine.errors import Conflict
from engine.messages import dump
from engine.needs import is_item, standard_form
from engine.retrying import Delays
from engine.store import dead_letters, integrations, rows
from engine.store.bulk import among, array, insert, run
from engine.store.tables import attempts, claims, exports, met, refs, releases, waits

Saved = list[tuple[str, Mapping[str, Any]]]


def save(connection: Connection, changes: Sequence[Change], now: str, delays: Delays) -> Saved:
    """Write the changes; returns the dead letters that were added or resolved."""
    if not changes:
        return []
    by_kind: dict[type, list[Any]] = {}
    for change in changes:
        kind = {Free: Claim, ResolveDeadLetter: OpenDeadLetter}.get(type(change), type(change))
        by_kind.setdefault(kind, []).append(change)
    saved: Saved = []
    if breakers := by_kind.pop(Breaker, None):
        integrations.note(connection, breakers, now, delays)
    for kind, saver in _SAVERS.items():
        if group := by_kind.get(kind):
            saved += saver(connection, group, now) or ()
    return saved


def _waits(connection: Connection, changes: list[Wait], now: str) -> None:
    last = {change.item.key: change for change in changes}
    clear = among(connection, "item", "items")
    run(connection, f"DELETE FROM waits WHERE {clear}", items=array(connection, last))
    insert(
        connection,
        waits,
        [
            {"item": key, "need": need, "standard": standard_form(need)}
            for key, change in last.items()
            for need in change.needs
        ],
    )


def _refs(connection: Connection, changes: list[Refer], now: str) -> None:
    last = {change.item.key: change for change in changes}
    again = [key for key, change in last.items() if change.item.version > 1]
    if again:
        run(
            connection,
            f"DELETE FROM refs WHERE {among(connection, 'item', 'items')}",
            items=array(connection, again),
        )
    insert(
        connection,
        refs,
        [{"needs": need, "item": key} for key, change in last.items() for need in change.needs],
        "ON CONFLICT DO NOTHING",
    )


def _claims(connection: Connection, changes: list[Claim | Free], now: str) -> None:
    taken: dict[tuple[str, str, str], str] = {}
    freed: dict[tuple[str, str], None] = {}
    for change in changes:
        if isinstance(change, Claim):
            taken[change.item.company, change.scope, change.value] = change.item.key
            continue
        freed[change.item.key, change.scope] = None
        for key in [
            k for k, item in taken.items() if item == change.item.key and k[1].startswith(change.scope)
        ]:
            del taken[key]
    _free(connection, freed)
    wanted = [
        {"company": company, "scope": scope, "value": value, "item": item}
        for (company, scope, value), item in sorted(taken.items())
    ]
    insert(connection, claims, wanted, "ON CONFLICT (company, scope, value) DO NOTHING")
    _all_ours(connection, taken)


def _free(connection: Connection, freed: Mapping[tuple[str, str], None]) -> None:
    for scope in sorted({scope for _, scope in freed}):
        items = [item for item, each in freed if each == scope]
        sql = f"DELETE FROM claims WHERE {among(connection, 'item', 'items')} AND scope LIKE :prefix"
        run(connection, sql, items=array(connection, items), prefix=f"{scope}%")


def _all_ours(connection: Connection, taken: Mapping[tuple[str, str, str], str]) -> None:
    if not taken:
        return
    sql = f"SELECT company, scope, value, item FROM claims WHERE {among(connection, 'item', 'items')}"
    found = {
        (row[0], row[1], row[2]) for row in run(connection, sql, items=array(connection, set(taken.values())))
    }
    if not found.issuperset(taken):
        raise Conflict("another item took the same code first")


def _meet(connection: Connection, changes: list[Meet], now: str) -> None:
    brought = {need: change.item.key for change in changes for need in change.needs}
    others = [{"need": need, "item": item} for need, item in brought.items() if not is_item(need)]
    insert(connection, met, others, "ON CONFLICT DO NOTHING")
    sql = f"""SELECT DISTINCT need FROM waits WHERE {among(connection, "need", "needs")}
              UNION SELECT DISTINCT standard FROM waits WHERE {among(connection, "standard", "needs")}"""
    waited = [{"need": row[0]} for row in run(connection, sql, needs=array(connection, brought))]
    insert(connection, releases, waited, "ON CONFLICT DO NOTHING")


def _unmeet(connection: Connection, changes: list[Unmeet], now: str) -> None:
    keys = array(connection, {change.item.key for change in changes})
    run(
        connection,
        f"DELETE FROM met WHERE {among(connection, 'item', 'items')} AND need NOT LIKE '%/cost_code:%'",
        items=keys,
    )


_EXPORT_UPDATE = ", ".join(
    f"{column.name} = excluded.{column.name}"
    for column in exports.columns
    if column.name not in ("key", "item")
)


def _exports(connection: Connection, changes: list[PutExport], now: str) -> None:
    last = {change.export.key: rows.export_row(change.export) for change in changes}
    insert(connection, exports, list(last.values()), f"ON CONFLICT (key) DO UPDATE SET {_EXPORT_UPDATE}")


def _attempts(connection: Connection, changes: list[PutAttempt], now: str) -> None:
    last = {
        (change.export, change.attempt): {
            "export": change.export,
            "attempt": change.attempt,
            "mode": change.mode,
            "status": change.status,
            "started_at": now,
            "finished_at": now,
            "error": None if change.error is None else dump(dict(change.error)),
        }
        for change in changes
    }
    update = "status = excluded.status, finished_at = excluded.finished_at, error = excluded.error"
    insert(connection, attempts, list(last.values()), f"ON CONFLICT (export, attempt) DO UPDATE SET {update}")


def _dead_letters(
    connection: Connection, changes: list[OpenDeadLetter | ResolveDeadLetter], now: str
) -> Saved:
    saved: Saved = []
    for kind, group in groupby(changes, type):
        if kind is OpenDeadLetter:
            saved += [("added", row) for row in dead_letters.add(connection, list(group), now)]  # type: ignore[arg-type]
        else:
            saved += [("resolved", row) for row in dead_letters.resolve_exports(connection, list(group), now)]  # type: ignore[arg-type]
    return saved


_SAVERS: Mapping[type, Callable[[Connection, Any, str], Saved | None]] = {
    Wait: _waits,  # before what meets needs, which looks for whoever waits
    Refer: _refs,
    Claim: _claims,
    Meet: _meet,
    Unmeet: _unmeet,
    PutExport: _exports,
    PutAttempt: _attempts,
    OpenDeadLetter: _dead_letters,
}
