"""Dead letters as they are listed, grouped and shown."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from engine.store.bulk import run

Shown = dict[str, Any]

_COLUMNS: Final = """id, kind, reason, class, code, message, attempts, company, item, export, connector,
    queue, fingerprint, size, sha256, added_at, resolved_at, resolution, resolved_by, resolve_reason"""


@dataclass(frozen=True, slots=True)
class Open:
    """An open dead letter as whoever settles it needs it."""

    id: int
    kind: str
    item: str | None
    company: str | None
    queue: str | None
    original: bytes | None
    size: int
    properties: Mapping[str, Any]


def listed(
    connection: Connection, company: str | None, limit: int, *, resolved: bool
) -> tuple[list[Shown], int]:
    """The newest, and how many more there are."""
    where, values = _condition(company, resolved=resolved)
    sql = f"SELECT {_COLUMNS} FROM dead_letters WHERE {where} ORDER BY id DESC LIMIT :limit"
    found = [_shown(row) for row in run(connection, sql, **values, limit=limit).mappings()]
    total = int(run(connection, f"SELECT count(*) FROM dead_letters WHERE {where}", **values).scalar_one())
    return found, total - len(found)


def _condition(company: str | None, *, resolved: bool) -> tuple[str, dict[str, Any]]:
    parts = ["1 = 1" if resolved else "resolved_at IS NULL"]
    if company is not None:
        parts.append("company = :company")
    return " AND ".join(parts), {} if company is None else {"company": company}


def _shown(row: Mapping[str, Any]) -> Shown:
    return {("group" if name == "fingerprint" else name): value for name, value in row.items()}


def grouped(connection: Connection, company: str | None) -> list[Shown]:
    """Open dead letters by cause, the largest group first; `message` is the newest one's."""
    where, values = _condition(company, resolved=False)
    sql = f"""SELECT g.fingerprint AS "group", g.count, d.kind, d.reason, d.class, d.code, d.connector,
                     d.message, g.first_at, g.last_at
              FROM (SELECT fingerprint, count(*) AS count, max(id) AS newest,
                           min(added_at) AS first_at, max(added_at) AS last_at
                    FROM dead_letters WHERE {where} GROUP BY fingerprint) AS g
              JOIN dead_letters d ON d.id = g.newest ORDER BY g.count DESC, g.last_at DESC"""
    return [dict(row) for row in run(connection, sql, **values).mappings()]


def one(connection: Connection, number: int) -> Shown | None:
    """One dead letter with its traceback and its original; None if there is no such number."""
    sql = f"SELECT {_COLUMNS}, traceback, properties, original FROM dead_letters WHERE id = :id"
    row = run(connection, sql, id=number).mappings().first()
    if row is None:
        return None
    found = _shown(row) | {"properties": json.loads(row["properties"])}
    original: bytes | None = found.pop("original")
    return found | _readable(None if original is None else bytes(original), row["size"])


def _readable(original: bytes | None, size: int) -> Shown:
    if original is None:
        return {"original": None}
    whole = {"original_is_whole": len(original) == size}
    try:
        return {"original": original.decode(), **whole}
    except UnicodeDecodeError:
        return {"original_base64": base64.b64encode(original).decode(), **whole}


def open_numbers(connection: Connection, group: str | None) -> list[int]:
    """The numbers of all open ones, or those of a group, the oldest first."""
    where, values = "resolved_at IS NULL", {}
    if group is not None:
        where, values = f"{where} AND fingerprint = :group", {"group": group}
    return [
        row[0] for row in run(connection, f"SELECT id FROM dead_letters WHERE {where} ORDER BY id", **values)
    ]


def groups_like(connection: Connection, beginning: str) -> list[str]:
    """The groups with open dead letters whose names begin so."""
    sql = """SELECT DISTINCT fingerprint FROM dead_letters
             WHERE resolved_at IS NULL AND substr(fingerprint, 1, :length) = :beginning
             ORDER BY fingerprint"""
    return [row[0] for row in run(connection, sql, beginning=beginning, length=len(beginning))]


def opened(connection: Connection, numbers: Sequence[int]) -> dict[int, Open]:
    """Those of these dead letters that are still open."""
    sql = """SELECT id, kind, item, company, queue, original, size, properties FROM dead_letters
             WHERE id = :id AND resolved_at IS NULL"""
    rows = (run(connection, sql, id=number).mappings().first() for number in numbers)
    return {row["id"]: _open(row) for row in rows if row is not None}


def _open(row: Mapping[str, Any]) -> Open:
    return Open(
        id=row["id"],
        kind=row["kind"],
        item=row["item"],
        company=row["company"],
        queue=row["queue"],
        original=None if row["original"] is None else bytes(row["original"]),
        size=row["size"],
        properties=json.loads(row["properties"]),
    )
