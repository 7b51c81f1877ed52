"""One suite for both databases: who writes to one of them at once, and for how long the others wait."""

import multiprocessing
import threading
from collections.abc import Iterator

import pytest

from engine.errors import StoreUnavailable
from engine.store.bulk import run
from engine.store.database import Database
from engine.store.turns import turn
from tests.books import Books


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    """Acme's books on each kind of database."""
    books = Books(request.getfixturevalue(request.param))
    yield books
    books.close()


def _write_often(url: str, often: int) -> None:
    database = Database(url)
    for _ in range(often):
        with database.write() as connection:
            run(connection, "UPDATE integrations SET failures = failures + 1 WHERE company = 'acme'")
    database.close()


def test_several_processes_take_turns_writing(books: Books) -> None:
    """None is starved and nothing is lost."""
    context = multiprocessing.get_context("spawn")
    url = books.database.url.render_as_string(hide_password=False)
    processes = [context.Process(target=_write_often, args=(url, 40)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert books.select("SELECT failures FROM integrations WHERE company = 'acme'") == [{"failures": 80}]


def test_a_lock_that_is_never_given_back_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A stopped process must not hang the others for ever, and somebody has to find it."""
    path = tmp_path_factory.mktemp("data") / "countersign.db"
    database = Database(f"sqlite:///{path}", longest_wait=0.05)
    with (
        turn(path),
        pytest.raises(StoreUnavailable, match=rf"holds {path}.lock .*`fuser {path}.lock` names it"),
        database.write(),
    ):
        raise AssertionError("two at once")
    with database.write() as connection:
        run(connection, "CREATE TABLE later (id int)")
    database.close()


def test_readers_on_sqlite_wait_for_no_writer(sqlite_url: str) -> None:
    """They see what was committed."""
    books = Books(sqlite_url)
    writing, seen = threading.Event(), threading.Event()

    def write() -> None:
        with books.database.write() as connection:
            run(connection, "DELETE FROM people")
            writing.set()
            seen.wait(10)

    writer = threading.Thread(target=write)
    writer.start()
    assert writing.wait(10)
    assert books.select("SELECT count(*) AS people FROM people")[0]["people"] > 0
    seen.set()
    writer.join()
    books.close()
