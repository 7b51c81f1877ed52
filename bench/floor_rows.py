"""The rows that the design writes for one commitment, written with psycopg alone; nothing is decided."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import psycopg
from psycopg.types.array import ListBinaryDumper

Row: TypeAlias = dict[str, Any]
Cursor: TypeAlias = "psycopg.Cursor[Any]"

NUMBERS: Final = frozenset(("version", "sequence", "attempt", "tries", "bucket", "number"))
FLAGS: Final = frozenset(("mandatory", "holds", "tried"))
HASH: Final = "0" * 64
AT: Final = "2026-01-01T00:00:00.000000Z"


def connect(url: str) -> "psycopg.Connection[Any]":
    """A connection that sends arrays in binary, as the program's own do."""
    connection = psycopg.connect(url)
    connection.adapters.register_dumper(list, ListBinaryDumper)
    return connection


def insert(cursor: Cursor, table: str, rows: Sequence[Row], more: str = "") -> None:
    """Many rows, all of the same columns, in one statement."""
    if rows:
        columns = list(rows[0])
        arrays = ", ".join(f"%s::{_type(table, column)}[]" for column in columns)
        sql = f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({arrays}) {more}"  # noqa: S608
        cursor.execute(sql, [[row[column] for row in rows] for column in columns])


def _type(table: str, column: str) -> str:
    if column in FLAGS:
        return "boolean"
    number = column in NUMBERS or (column == "id" and table in ("event_log", "outbox"))
    return "bigint" if number else "text"


def publish(cursor: Cursor, events: Sequence[tuple[str, str, str]]) -> None:
    """Events (routing key, subject, body) into the log and the outbox."""
    cursor.execute("SELECT nextval('event_log_id_seq') FROM generate_series(1, %s)", (len(events),))
    log, out = [], []
    for (number,), (routing_key, subject, body) in zip(cursor.fetchall(), events, strict=True):
        log.append(
            {
                "id": number,
                "type": routing_key,
                "subject": subject,
                "company": "bench",
                "at": AT,
                "body": body,
            }
        )
        row = {
            "id": number,
            "bucket": number % 64,
            "exchange": "countersign.events",
            "routing_key": routing_key,
        }
        out.append({**row, "mandatory": routing_key.startswith("export"), "message_id": str(uuid.uuid4())})
    insert(cursor, "event_log", log)
    insert(cursor, "outbox", out)


def remember(cursor: Cursor, commands: Sequence[dict[str, Any]]) -> None:
    """The commands' outcomes; what was seen before is asked for first."""
    keys = [_hash(command["source"], command["id"]) for command in commands]
    cursor.execute("SELECT key, content, outcome FROM inbox WHERE key = ANY(%s)", (keys,))
    rows = []
    for key, command in zip(keys, commands, strict=True):
        content = _hash(command["subject"], json.dumps(command["data"], sort_keys=True))
        outcome = event("command.applied", command["subject"], {"item": command["subject"], "version": 1})[2]
        rows.append({"key": key, "content": content, "outcome": outcome, "at": AT})
    insert(cursor, "inbox", rows)


def record(cursor: Cursor, entries: Sequence[tuple[str, int, str]]) -> None:
    """History (item, sequence, event), each with its hash."""
    rows = []
    for item, sequence, name in entries:
        text = json.dumps({"item": item, "sequence": sequence, "event": name, "at": AT, "prev": HASH})
        rows.append({"item": item, "sequence": sequence, "entry": text, "hash": _hash(text)})
    insert(cursor, "history", rows)


def event(name: str, subject: str, data: dict[str, Any]) -> tuple[str, str, str]:
    """(routing key, subject, body) of one CloudEvent."""
    envelope = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": "/countersign", "type": name}
    body = json.dumps({**envelope, "subject": subject, "time": AT, "data": data})
    words = name.split(".")
    routing = {
        "item": f"item.commitment.{words[-1]}.bench",
        "command": f"command.{words[-1]}.bench",
        "export": f"export.sandbox.{words[-1]}.bench",
    }
    return routing[words[0]], subject, body


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
