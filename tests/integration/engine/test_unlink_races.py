"""An unlink and an accept of what depends on it, in two transactions of one PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from engine.messages import Message
from engine.testing import command
from tests.acceptance.support.waiting import eventually
from tests.books import Books, code
from tests.builders import PAT, accept, key_of, report_unlink, send
from tests.integration.engine.test_races import ROUNDS, at_once, patiently
from tests.journeys import do, synced

VENDOR, SC = key_of("company"), key_of("commitment")
BLOCKED = """SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"""


@pytest.fixture
def books(postgres_url: str) -> Iterator[Books]:
    """Acme's books on PostgreSQL, with a commitment that waits for its approver."""
    books = Books(postgres_url)
    synced(books, "project", "company", "cost_codes")
    do(books, send(SC))
    yield books
    books.close()


def while_one_has_looked(books: Books, first: Message, look: str, second: Message) -> None:
    """Run the first; once it has looked, run the second until it is done or waits for the first."""
    other = threading.Thread(target=partial(patiently, books, [second]))
    one = threading.current_thread()

    def looked(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if look in statement and threading.current_thread() is one and other.ident is None:
            other.start()
            eventually(lambda: not other.is_alive() or books.select(BLOCKED), 10, "the second has met a lock")

    event.listen(books.database.engine, "after_cursor_execute", looked)
    patiently(books, [first])
    event.remove(books.database.engine, "after_cursor_execute", looked)
    other.join()


def results(books: Books, *messages: Message) -> list[str]:
    """What became of the commands."""
    return [code(books.outcome(message)) for message in messages]


def test_what_is_accepted_after_the_unlink_has_looked_for_dependents_is_refused(books: Books) -> None:
    """Its prerequisite goes at that very moment."""
    unlink, accepting = command("unlink", VENDOR, PAT), accept(SC)
    while_one_has_looked(books, unlink, "FROM refs r JOIN items", accepting)
    assert results(books, unlink, accepting) == ["applied", "prerequisite"]
    assert (books.state(VENDOR), books.state(SC)) == ("unlinking", "ready_to_export")


def test_an_unlink_after_the_accept_has_looked_at_its_vendor_is_refused(books: Books) -> None:
    """The commitment depends on it by now."""
    unlink, accepting = command("unlink", VENDOR, PAT), accept(SC)
    while_one_has_looked(books, accepting, "SELECT key, state, project, synced_version, erp_id", unlink)
    assert results(books, unlink, accepting) == ["prerequisite", "applied"]
    assert (books.state(VENDOR), books.state(SC)) == ("synced", "accepted")


def test_whoever_is_first_no_accepted_item_refers_to_what_is_being_unlinked(books: Books) -> None:
    """In whatever order the two transactions interleave."""
    for number in range(ROUNDS):
        key = key_of("commitment", f"SC-{number}")
        do(books, send(key))
        pair: tuple[Message, Message] = (command("unlink", VENDOR, PAT), accept(key))
        actions: list[Callable[[], None]] = [partial(patiently, books, [each]) for each in pair]
        assert at_once(*actions) == []
        assert sorted(results(books, *pair)) == ["applied", "prerequisite"]
        found = {books.state(VENDOR), books.state(key)}
        assert found in ({"unlinking", "ready_to_export"}, {"synced", "accepted"})
        if books.state(VENDOR) == "unlinking":
            do(books, report_unlink(VENDOR, "still_there"))
        else:
            books.execute("UPDATE items SET state = 'failed' WHERE key = :key", key=key)
