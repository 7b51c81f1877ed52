"""Proves that every item is what its history says, and that no history was changed."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection

from engine.messages import canonical
from engine.store.bulk import run
from engine.store.database import Database
from engine.store.queries.snapshot import hold

Moves = Mapping[
    str, frozenset[tuple[str, str, str]]
]  # item type to (event, from, to) that its workflow knows
Row = Mapping[str, Any]

_CHUNK: Final = 500  # items in memory at once
_RAISE_VERSION: Final = frozenset(("drafted", "sent"))
_COMPARED: Final = ("state", "version", "title")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with one item."""

    item: str
    problem: str

    def __str__(self) -> str:
        return f"{self.item}: {self.problem}"


@dataclass(slots=True)
class Tally:
    """How much was looked at."""

    items: int = 0
    entries: int = 0


@dataclass(slots=True)
class _Walk:
    """One history, walked from its first entry."""

    item: str
    moves: frozenset[tuple[str, str, str]]
    problems: list[str] = field(default_factory=list)
    sequence: int = 0
    head: str = ""
    state: str = "new"
    version: int = 0
    last: Row = field(default_factory=dict)
    payload: str | None = None  # the hash in the newest entry that brought one

    def step(self, sequence: int, text: str, hash_: str) -> None:
        """Check one entry against the one before."""
        if sequence != self.sequence + 1:
            self._wrong(sequence, f"entry {self.sequence + 1} is missing")
        if hashlib.sha256(text.encode()).hexdigest() != hash_:
            self._wrong(sequence, "the text is not what was hashed")
        entry = json.loads(text)
        if (entry.get("item"), entry.get("sequence")) != (self.item, sequence):
            self._wrong(sequence, "it belongs to another item or place")
        if sequence == self.sequence + 1 and entry.get("prev") != self.head:
            self._wrong(sequence, "it does not follow the entry before")
        self._move(sequence, entry)
        self.sequence, self.head, self.last = sequence, hash_, entry
        self.payload = entry.get("payload", self.payload)

    def _move(self, sequence: int, entry: Row) -> None:
        event, source, target, version = (entry.get(name) for name in ("event", "from", "state", "version"))
        if source != self.state:
            self._wrong(sequence, f"{event} comes from {source}, and the item was {self.state}")
        if self.moves and (event, source, target) not in self.moves:
            self._wrong(sequence, f"no transition {event} leads from {source} to {target}")
        raised = self.version + 1 if event in _RAISE_VERSION else self.version
        if version != raised:
            self._wrong(sequence, f"the version is {version}, and by its history {raised}")
        self.state, self.version = str(target), int(version or 0)

    def _wrong(self, sequence: int, problem: str) -> None:
        self.problems.append(f"history entry {sequence}: {problem}")

    def end(self, item: Row) -> None:
        """Check the item against its newest entry."""
        if item["sequence"] != self.sequence:
            self.problems.append(f"its history ends at {self.sequence}, and the item says {item['sequence']}")
        if item["head"] != self.head:
            self.problems.append("its newest entry is not the one that the item names")
        for name in _COMPARED:
            if self.last and item[name] != self.last.get(name):
                self.problems.append(
                    f"its {name} is {item[name]!r}, and by its history {self.last.get(name)!r}"
                )
        payload = hashlib.sha256(canonical(json.loads(item["payload"])).encode()).hexdigest()
        if self.last and payload != self.payload:
            self.problems.append("its payload is not the one that its history brought last")


def verify(
    database: Database, moves: Moves, tally: Tally, done: Callable[[int], None] = lambda _: None
) -> Iterator[Finding]:
    """Check every item, a chunk at a time; each chunk sees one moment of the database."""
    last = ""
    while True:
        with database.read() as connection:
            hold(connection)
            items = _items(connection, last)
            upper = items[-1]["key"] if len(items) == _CHUNK else None
            found = list(_check(connection, items, last, upper, moves, tally))
        yield from found
        tally.items += len(items)
        done(len(items))
        if upper is None:
            return
        last = upper


def _items(connection: Connection, after: str) -> Sequence[Row]:
    sql = f"""SELECT key, item_type, state, version, sequence, head, title, payload FROM items
              WHERE key > :after ORDER BY key LIMIT {_CHUNK}"""
    rows: Sequence[Row] = run(connection, sql, after=after).mappings().all()
    return rows


def _check(
    connection: Connection, items: Sequence[Row], after: str, upper: str | None, moves: Moves, tally: Tally
) -> Iterator[Finding]:
    by_key = {item["key"]: item for item in items}
    until = "" if upper is None else "AND item <= :upper"
    sql = (
        f"SELECT item, sequence, entry, hash FROM history WHERE item > :after {until} ORDER BY item, sequence"
    )
    rows = run(connection, sql, after=after, **({} if upper is None else {"upper": upper}))
    for key, entries in groupby(rows, key=lambda row: row.item):
        walk = _Walk(key, moves.get(key.split("/")[1], frozenset()))
        for row in entries:
            walk.step(row.sequence, row.entry, row.hash)
            tally.entries += 1
        item = by_key.pop(key, None)
        if item is None:
            walk.problems.append("it has a history, and the item itself is gone")
        else:
            walk.end(item)
        yield from (Finding(key, problem) for problem in walk.problems)
    yield from (Finding(key, "it has no history") for key in by_key)
