"""Dead letters: what will not be tried again by itself, kept until somebody resolves it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from engine.changes import OpenDeadLetter, ResolveDeadLetter
from engine.fingerprint import fingerprint
from engine.messages import Message, digest, dump
from engine.store.bulk import run
from engine.store.tables import dead_letters
from engine.text import printable

_KEPT: Final = 1024 * 1024  # bytes of the original; of a larger one its head
_SHOWN: Final = (
    "id",
    "kind",
    "reason",
    "class",
    "code",
    "message",
    "company",
    "item",
    "export",
    "attempts",
    "connector",
)
_COLUMNS: Final = [
    column.name
    for column in dead_letters.columns
    if column.name != "id" and not column.name.startswith("resol")
]
_VALUES: Final = ", ".join(f":{name}" for name in _COLUMNS)
_INSERT: Final = f"""INSERT INTO dead_letters ({", ".join(_COLUMNS)}) VALUES ({_VALUES})
    ON CONFLICT DO NOTHING RETURNING {", ".join(_SHOWN)}"""


def add(connection: Connection, letters: Sequence[OpenDeadLetter], now: str) -> list[Mapping[str, Any]]:
    """Keep them; returns what events show of each. An export or a message that has an open one keeps that one."""
    saved: list[Mapping[str, Any]] = []
    for row in (_row(letter, now) for letter in letters):
        found = run(connection, _INSERT, **row).mappings().first()
        if found is not None:
            saved.append(dict(found))
    return saved


def resolve_exports(
    connection: Connection, changes: Sequence[ResolveDeadLetter], now: str
) -> list[Mapping[str, Any]]:
    """Settle the open dead letters of these exports."""
    saved: list[Mapping[str, Any]] = []
    for change in changes:
        sql = f"""UPDATE dead_letters SET resolved_at = :now, resolution = :resolution, resolved_by = :by
                  WHERE export = :export AND kind = 'export' AND resolved_at IS NULL
                  RETURNING {", ".join(_SHOWN)}, resolution, resolved_by"""
        values = {"now": now, "resolution": change.resolution, "by": change.by, "export": change.export}
        saved += [dict(row) for row in run(connection, sql, **values).mappings()]
    return saved


def _row(letter: OpenDeadLetter, now: str) -> dict[str, Any]:
    original, item = letter.original, letter.item
    body = original.body if original else b""
    properties = _properties(original) if original else {}
    return {
        "kind": letter.kind,
        "reason": printable(letter.reason, 200),
        "class": letter.error_class,
        "code": printable(letter.code, 200) if letter.code else None,
        "message": printable(letter.message),
        "traceback": printable(letter.traceback, 20_000) if letter.traceback else None,
        "attempts": letter.attempts,
        "company": item.company if item else None,
        "item": item.key if item else None,
        "export": letter.export,
        "queue": printable(letter.queue, 255) if letter.queue else None,
        "connector": letter.connector,
        "fingerprint": fingerprint(
            letter.error_class,
            letter.code,
            letter.message,
            letter.connector,
            item.item_type if item else None,
        ),
        "original": body[:_KEPT] if original else None,
        "size": len(body),
        "sha256": (sha256 := hashlib.sha256(body).hexdigest()),
        "identity": _identity(letter, properties, sha256) if original else None,
        "properties": dump(properties),
        "added_at": now,
    }


def _identity(letter: OpenDeadLetter, properties: Mapping[str, Any], sha256: str) -> str:
    """What only the same message has, delivered again; the broker's own headers differ from time to time."""
    headers = properties.get("headers", {})
    own = {name: value for name, value in headers.items() if not name.startswith("x-")}
    return digest([letter.queue, sha256, {**properties, "headers": own}]).hex()


def _properties(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = {
        "content_type": message.content_type,
        "message_id": message.message_id,
        "correlation_id": message.correlation_id,
        "reply_to": message.reply_to,
        "user_id": message.user_id,
        "headers": {
            printable(str(name), 200): printable(str(value)) for name, value in message.headers.items()
        },
    }
    return {name: value for name, value in found.items() if value}
