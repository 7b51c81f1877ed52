"""Following the event log where numbers appear out of their order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.store.bulk import insert
from engine.store.database import Database
from engine.store.queries.events import LATEST_COMMIT, Wanted, Watch, newest
from engine.store.tables import METADATA, event_log


@pytest.fixture
def database() -> Iterator[Database]:
    """A database in memory with our tables."""
    found = Database("sqlite:///:memory:")
    METADATA.create_all(found.engine)
    yield found
    found.close()


def _log(database: Database, *numbers: int, type_: str = "countersign.item.sent.v1") -> None:
    rows = [
        {"id": number, "type": type_, "subject": "acme/project/P", "company": "acme", "at": "", "body": "{}"}
        for number in numbers
    ]
    with database.write() as connection:
        insert(connection, event_log, rows)


class Time:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_late_commit_below_what_was_seen_is_shown_once(database: Database) -> None:
    """On PostgreSQL a transaction may commit after another with higher numbers."""
    time = Time()
    watch = Watch(Wanted(), time)
    _log(database, 1, 5)
    with database.read() as connection:
        assert [row["id"] for row in watch.begin(connection, 10)] == [1, 5]
    _log(database, 3, 8)
    with database.read() as connection:
        assert [row["id"] for row in watch.more(connection)] == [3, 8]
        assert watch.more(connection) == []
    time.now = LATEST_COMMIT + 1
    _log(database, 7, 9)
    with database.read() as connection:
        assert [row["id"] for row in watch.more(connection)] == [7, 9]
        assert watch.more(connection) == []


def test_many_new_events_come_in_their_order(database: Database) -> None:
    """More than one read takes."""
    watch = Watch(Wanted(), Time())
    with database.read() as connection:
        assert watch.begin(connection, 10) == []
    _log(database, *range(1, 2502))
    with database.read() as connection:
        assert [row["id"] for row in watch.more(connection)] == list(range(1, 2502))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("countersign.item.sent.v1", [1]),
        ("item.sent", [1]),
        ("item", [1, 2]),
        ("dead_letter", [3]),
        ("it", []),
    ],
)
def test_a_type_is_whole_or_a_beginning(database: Database, wanted: str, found: list[int]) -> None:
    """`item` is every event of items, `it` is none."""
    _log(database, 1)
    _log(database, 2, type_="countersign.item.synced.v1")
    _log(database, 3, type_="countersign.dead_letter.added.v1")
    with database.read() as connection:
        assert [row["id"] for row in newest(connection, Wanted(wanted), 10)] == found
