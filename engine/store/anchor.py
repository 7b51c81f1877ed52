"""An anchor: where every history stood at one time, kept outside the database.

Whoever can write to the database can write a whole new history whose chain is sound; an anchor elsewhere
shows it. The file is one JSON object with one item on each line, so that it can be read a line at a time.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from engine.errors import Misconfigured
from engine.store.bulk import among, array, run
from engine.store.database import Database
from engine.store.queries.snapshot import hold
from engine.store.verify import Finding

Mark = tuple[str, int, str]  # item key, sequence, hash

_CHUNK: Final = 1000
_OPENING: Final = '{"format": "countersign anchor 1", "at": '


def compare(
    database: Database, path: Path, done: Callable[[int], None] = lambda _: None
) -> Iterator[Finding]:
    """Everything of the anchor that the database no longer has, or has otherwise."""
    marks = _read(path)
    while chunk := list(islice(marks, _CHUNK)):
        yield from _compare(database, chunk)
        done(len(chunk))


def _compare(database: Database, chunk: Sequence[Mark]) -> Iterator[Finding]:
    with database.read() as connection:
        sql = f"""SELECT item, sequence, hash FROM history WHERE {among(connection, "item", "items")}
                  AND {_in_numbers(connection.dialect.name)}"""
        items, numbers = {mark[0] for mark in chunk}, {mark[1] for mark in chunk}
        rows = run(
            connection,
            sql,
            items=array(connection, sorted(items)),
            numbers=array(connection, sorted(numbers)),
        )
        known = {(row.item, row.sequence): row.hash for row in rows}
    for item, sequence, hash_ in chunk:
        present = known.get((item, sequence))
        if present is None:
            yield Finding(
                item, f"history entry {sequence} was there at the anchor's time, and was cut off since"
            )
        elif present != hash_:
            yield Finding(item, f"history entry {sequence} was rewritten since the anchor's time")


def _in_numbers(dialect: str) -> str:
    if dialect == "postgresql":
        return "sequence = ANY(CAST(:numbers AS bigint[]))"
    return "sequence IN (SELECT value FROM json_each(:numbers))"


def _read(path: Path) -> Iterator[Mark]:
    try:
        with path.open(encoding="utf-8") as file:
            opening = file.readline()
            if not opening.startswith(_OPENING):
                raise ValueError("it does not begin like an anchor")
            complete = False
            for line in file:
                complete = line.startswith("}}")
                if not complete:
                    yield _mark(line)
            if not complete:
                raise ValueError("its end is missing")
    except (OSError, ValueError, TypeError) as error:
        raise Misconfigured([f"the anchor {path} cannot be read ({error}): name another file"]) from error


def _mark(line: str) -> Mark:
    ((item, (sequence, hash_)),) = json.loads("{" + line.rstrip().rstrip(",") + "}").items()
    return str(item), int(sequence), str(hash_)


def write(database: Database, path: Path, now: str) -> int:
    """Write where every history stands now, whole or not at all; returns how many items that is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    count = 0
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(f'{_OPENING}{json.dumps(now)}, "items": {{\n')
            for key, sequence, head in _heads(database):
                separator = ",\n" if count else ""
                file.write(f"{separator}{json.dumps(key)}: {json.dumps([sequence, head])}")
                count += 1
            file.write("\n}}\n" if count else "}}\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def _heads(database: Database) -> Iterator[Mark]:
    last = ""
    while True:
        with database.read() as connection:
            hold(connection)
            sql = f"SELECT key, sequence, head FROM items WHERE key > :after ORDER BY key LIMIT {_CHUNK}"
            chunk = run(connection, sql, after=last).all()
        yield from ((row.key, row.sequence, row.head) for row in chunk)
        if len(chunk) < _CHUNK:
            return
        last = chunk[-1].key
