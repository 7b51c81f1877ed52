"""The scheduler's parts: one that fails keeps no other from its work."""

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import Connection, event

from engine.errors import Conflict, StoreUnavailable
from engine.scheduler import Scheduler
from engine.store.database import Database
from tests.books import Books
from tests.builders import key_of, send
from tests.journeys import bring, do

SOON = 20.0
KEY = key_of("company")


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Acme's books on each kind of database."""
    books = Books(request.getfixturevalue(request.param))
    yield books
    books.close()


def waits_for_what_is_met(books: Books) -> None:
    """Something that the sweep has to find."""
    bring(books, "company", "synced")
    do(books, send(key_of("commitment")))
    books.execute("INSERT INTO waits (item, need) VALUES (:item, :need)", item=key_of("commitment"), need=KEY)


def releases(books: Books) -> list[str]:
    """What is to be released."""
    return [row["need"] for row in books.select("SELECT need FROM releases")]


@pytest.mark.parametrize("problem", [Conflict("another was first"), RuntimeError("a bug")], ids=repr)
def test_summaries_that_fail_end_nothing(books: Books, problem: Exception) -> None:
    """The next tick tries them again."""
    asked: list[datetime] = []
    third = threading.Event()

    def summaries(now: datetime) -> int:
        asked.append(now)
        if len(asked) == 3:
            third.set()
        raise problem

    waits_for_what_is_met(books)
    scheduler = Scheduler(books.database, books.clock, books.rules.delays, ["sandbox"], summaries=summaries)
    scheduler.step(sweeping=True)
    assert releases(books) == [KEY]
    scheduler.step()
    stop = threading.Event()
    thread = threading.Thread(target=scheduler.run, args=(stop,))
    thread.start()
    assert third.wait(SOON)
    assert thread.is_alive()
    stop.set()
    thread.join(SOON)
    assert not thread.is_alive()


def test_exports_that_fail_keep_nobody_from_the_sweep(books: Books) -> None:
    """Neither by a bug."""
    waits_for_what_is_met(books)
    other = bring(books, "project", "accepted")
    books.execute("UPDATE exports SET request = 'junk' WHERE item = :item", item=other)
    books.clock.advance(10_000)
    Scheduler(books.database, books.clock, books.rules.delays, ["sandbox"]).step(sweeping=True)
    assert releases(books) == [KEY]


def _sweep_failing(database: Database, problem: Exception, often: int) -> None:
    """Let the first writes of the sweep fail."""
    left = [problem] * often

    def refuse(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO releases" in statement and left:
            raise left.pop()

    event.listen(database.engine, "before_cursor_execute", refuse)


def test_a_sweep_that_was_second_is_repeated_at_the_next_tick(books: Books) -> None:
    """A minute is long for who waits."""
    waits_for_what_is_met(books)
    _sweep_failing(books.database, Conflict("deadlock"), 1)
    scheduler = Scheduler(books.database, books.clock, books.rules.delays, ["sandbox"])
    scheduler.step(sweeping=True)
    assert releases(books) == []
    scheduler.step()
    assert releases(books) == [KEY]


def test_a_database_that_is_away_is_told_to_whoever_waits_for_it(books: Books) -> None:
    """The loop waits longer and longer."""
    waits_for_what_is_met(books)
    _sweep_failing(books.database, StoreUnavailable("away"), 1)
    scheduler = Scheduler(books.database, books.clock, books.rules.delays, ["sandbox"])
    with pytest.raises(StoreUnavailable):
        scheduler.step(sweeping=True)
    scheduler.step()
    assert releases(books) == [KEY]


def test_a_sweep_that_finds_nothing_writes_nothing(books: Books) -> None:
    """Nobody waits for the one writer's lock because of it."""
    bring(books, "company", "synced")
    written: list[str] = []
    event.listen(
        books.database.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *_: written.append(statement.split()[0]),
    )
    Scheduler(books.database, books.clock, books.rules.delays, ["sandbox"]).step(sweeping=True)
    assert {word for word in written if word not in ("BEGIN", "COMMIT")} == {"SELECT"}
