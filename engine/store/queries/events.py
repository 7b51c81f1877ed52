"""The event log: its newest entries, and whatever is added while somebody watches."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from engine.store.bulk import run

WINDOW: Final = 10_000  # how far below the highest number one may still appear when somebody begins to watch
LATEST_COMMIT: Final = 60.0  # seconds after which no earlier number can appear any more
_CHUNK: Final = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events somebody wants to see."""

    type: str | None = None  # whole, without its prefix and version, or only its beginning
    company: str | None = None
    subject: str | None = None

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL and its parameters."""
        parts, values = ["1 = 1"], {}
        for name in ("company", "subject"):
            if (value := getattr(self, name)) is not None:
                parts.append(f"{name} = :{name}")
                values[name] = value
        if self.type is not None:
            parts.append("(type = :type OR type = :whole OR substr(type, 1, :length) = :beginning)")
            beginning = f"countersign.{self.type.removeprefix('countersign.').removesuffix('.v1')}."
            whole = f"{beginning}v1"
            values |= {"type": self.type, "whole": whole, "beginning": beginning, "length": len(beginning)}
        return " AND ".join(parts), values


def newest(connection: Connection, wanted: Wanted, limit: int) -> list[Mapping[str, Any]]:
    """The newest events (id, type, subject, company, at, body), the oldest of them first."""
    where, values = wanted.condition()
    sql = f"""SELECT id, type, subject, company, at, body FROM event_log
              WHERE {where} ORDER BY id DESC LIMIT :limit"""
    return list(reversed(run(connection, sql, **values, limit=limit).mappings().all()))


def last_number(connection: Connection) -> int:
    """The highest number so far."""
    return int(run(connection, "SELECT COALESCE(max(id), 0) FROM event_log").scalar_one())


@dataclass(slots=True)
class Watch:
    """Everything that is added once it has begun, each event once.

    On PostgreSQL a transaction that began earlier may commit later, so its numbers appear below some that
    were seen already. Therefore a window is read again until no such number can appear in it any more.
    """

    wanted: Wanted
    clock: Callable[[], float] = time.monotonic
    _after: int = 0  # everything up to here was seen
    _seen: dict[int, float] = field(default_factory=dict)  # number to when it was seen

    def begin(self, connection: Connection, limit: int) -> list[Mapping[str, Any]]:
        """The newest events of the past; the transaction has to hold one moment."""
        where, values = self.wanted.condition()
        self._after = max(0, last_number(connection) - WINDOW)
        sql = f"SELECT id FROM event_log WHERE {where} AND id > :after"
        now = self.clock()
        self._seen = {row[0]: now for row in run(connection, sql, **values, after=self._after)}
        return newest(connection, self.wanted, limit)

    def more(self, connection: Connection) -> list[Mapping[str, Any]]:
        """What was not seen before, in the order of its numbers."""
        where, values = self.wanted.condition()
        sql = f"""SELECT id, type, subject, company, at, body FROM event_log
                  WHERE {where} AND id > :after ORDER BY id LIMIT :limit"""
        found: list[Mapping[str, Any]] = []
        after = self._after
        while True:
            chunk = run(connection, sql, **values, after=after, limit=_CHUNK).mappings().all()
            found += [row for row in chunk if row["id"] not in self._seen]
            if len(chunk) < _CHUNK:
                break
            after = chunk[-1]["id"]
        self._note(found)
        return found

    def _note(self, found: list[Mapping[str, Any]]) -> None:
        now = self.clock()
        self._seen |= {row["id"]: now for row in found}
        settled = [number for number, at in self._seen.items() if now - at > LATEST_COMMIT]
        if settled:
            self._after = max(self._after, *settled)
            self._seen = {number: at for number, at in self._seen.items() if number > self._after}
