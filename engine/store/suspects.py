"""Messages that may have ended a process: how often each was started, counted before it starts."""

import hashlib

from sqlalchemy import Connection

from engine.messages import Message
from engine.store.bulk import run


def start(connection: Connection, message: Message) -> int:
    """Count one more start; returns how many there were with this one."""
    sql = """INSERT INTO suspects (key, starts) VALUES (:key, 1)
             ON CONFLICT (key) DO UPDATE SET starts = suspects.starts + 1 RETURNING starts"""
    return int(run(connection, sql, key=_key(message)).scalar_one())


def clear(connection: Connection, message: Message) -> None:
    """It ended without ending the process."""
    run(connection, "DELETE FROM suspects WHERE key = :key", key=_key(message))


def _key(message: Message) -> str:
    return hashlib.sha256((message.message_id or "").encode("utf-8", "replace") + message.body).hexdigest()
