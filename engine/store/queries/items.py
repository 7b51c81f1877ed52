"""Items as they are listed and shown."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from engine import needs
from engine.store.bulk import among, array, run

Shown = dict[str, Any]

COUNTED: Final = (
    10_000  # what is left out is counted up to here; counting millions would take longer than looking
)

_COLUMNS: Final = (
    "key, item_type, title, project, state, version, waiting_on, fields, erp_id, error, updated_at"
)
_FILTERS: Final = ("company", "item_type", "state", "project")
_WITH_NEXT_ATTEMPT: Final = ("retrying", "in_doubt")


def listed(
    connection: Connection, filters: Mapping[str, str | None], search: str | None, limit: int
) -> tuple[list[Shown], int]:
    """The newest items that fit, and how many more there are (counted up to `COUNTED`)."""
    given = {name: value for name, value in filters.items() if name in _FILTERS and value is not None}
    where, values = _condition(given, search)
    found: list[Mapping[str, Any]] = []
    more = 0
    for company in [given["company"]] if "company" in given else _companies(connection):
        # Company by company: each has an index in the order of updates, all together have none.
        sql = f"SELECT {_COLUMNS} FROM items WHERE {where} ORDER BY updated_at DESC, key LIMIT :limit"
        found += run(connection, sql, **values | {"company": company, "limit": limit}).mappings().all()
        more += _count(connection, where, values | {"company": company})
    newest = sorted(found, key=lambda row: row["key"])
    newest.sort(key=lambda row: row["updated_at"], reverse=True)
    return _with_exports(connection, newest[:limit]), max(0, more - limit)


def _companies(connection: Connection) -> list[str]:
    return [row[0] for row in run(connection, "SELECT slug FROM companies ORDER BY slug")]


def _condition(given: Mapping[str, str], search: str | None) -> tuple[str, dict[str, Any]]:
    parts = ["company = :company", *(f"{name} = :{name}" for name in given if name != "company")]
    values: dict[str, Any] = dict(given)
    if search:
        parts.append(r"(lower(key) LIKE :search ESCAPE '\' OR lower(title) LIKE :search ESCAPE '\')")
        values["search"] = f"%{_literally(search.lower())}%"
    return " AND ".join(parts), values


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def _count(connection: Connection, where: str, values: Mapping[str, Any]) -> int:
    sql = f"SELECT count(*) FROM (SELECT 1 FROM items WHERE {where} LIMIT :most) AS counted"
    return int(run(connection, sql, **values, most=COUNTED + 1).scalar_one())


def one(connection: Connection, key: str) -> Shown | None:
    """One item with its history; None if there is no such item."""
    row = run(connection, f"SELECT {_COLUMNS} FROM items WHERE key = :key", key=key).mappings().first()
    if row is None:
        return None
    return _with_exports(connection, [row])[0] | {"history": history(connection, key)}


def history(connection: Connection, key: str) -> list[Shown]:
    """What happened to an item, in order."""
    sql = "SELECT sequence, entry FROM history WHERE item = :item ORDER BY sequence"
    return [_entry(sequence, json.loads(entry)) for sequence, entry in run(connection, sql, item=key)]


def _entry(sequence: int, entry: Mapping[str, Any]) -> Shown:
    names = ("event", "state", "actor", "at", "comment")
    return {"sequence": sequence, **{name: entry.get(name) for name in names}}


def _with_exports(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Shown]:
    exports = _exports(connection, [row["key"] for row in rows])
    return [_shown(row, exports.get(row["key"])) for row in rows]


def _shown(row: Mapping[str, Any], export: Shown | None) -> Shown:
    return {
        "key": row["key"],
        "type": row["item_type"],
        "title": row["title"],
        "project": row["project"],
        "state": row["state"],
        "version": row["version"],
        "waiting_on": list(needs.shown(json.loads(row["waiting_on"]))),
        "fields": json.loads(row["fields"]),
        "erp_id": row["erp_id"],
        "export": export,
        "updated_at": row["updated_at"],
    }


def _exports(connection: Connection, keys: Sequence[str]) -> dict[str, Shown]:
    """The newest export of each item."""
    sql = f"""SELECT key, item, version, status, attempt, due_at, error FROM exports
              WHERE {among(connection, "item", "items")} ORDER BY version"""
    found = run(connection, sql, items=array(connection, keys)).mappings()
    return {row["item"]: _export(row) for row in found}


def _export(row: Mapping[str, Any]) -> Shown:
    return {
        "key": row["key"],
        "status": row["status"],
        "attempt": row["attempt"],
        "next_attempt_at": row["due_at"] if row["status"] in _WITH_NEXT_ATTEMPT else None,
        "error": json.loads(row["error"]) if row["error"] else None,
    }
