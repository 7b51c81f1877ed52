"""What became of commands."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from engine.messages import parse
from engine.store.bulk import among, array, run

_REFUSED: Final = "countersign.command.refused.v1"
_NOT_KEPT: Final = ("untrusted_source", "reused_id")


def kept(connection: Connection, keys: Collection[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Command key (hex) to its content (hex) and its outcome, a CloudEvent."""
    sql = f"SELECT key, content, outcome FROM inbox WHERE {among(connection, 'key', 'keys')}"
    found = run(connection, sql, keys=array(connection, keys))
    return {key: (content, parse(outcome)) for key, content, outcome in found}


def refusals_since(
    connection: Connection, number: int, commands: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Any]:
    """Outcomes of commands (source, id) that are never kept, from events above this number."""
    sql = "SELECT body FROM event_log WHERE id > :number AND type = :type ORDER BY id"
    found: dict[tuple[str, str], Any] = {}
    for (body,) in run(connection, sql, number=number, type=_REFUSED):
        event = parse(body)
        command: Mapping[str, Any] = event["data"]["command"]
        pair = (command["source"], command["id"])
        if pair in commands and event["data"].get("reason", {}).get("code") in _NOT_KEPT:
            found[pair] = event
    return found
