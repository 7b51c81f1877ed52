"""The engine's loop on a real database: one bad command or a lost connection costs no other command anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from engine.messages import Message
from engine.worker import Worker
from tests.books import Books
from tests.builders import accept, key_of, report, send
from tests.integration.engine.hand import Hand
from tests.journeys import do, synced

VENDOR, SC = key_of("company"), key_of("commitment")
BAD, GOOD, LATER = (key_of("company", id_) for id_ in ("BAD", "V-1", "V-2"))


@pytest.fixture
def books(postgres_url: str) -> Iterator[Books]:
    """Acme's books on PostgreSQL."""
    books = Books(postgres_url)
    yield books
    books.close()


def refuse(books: Books, when: str, table: str, condition: str, sqlstate: str) -> None:
    """Let the database refuse certain rows, as a constraint would that no guard knows."""
    books.execute(
        f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}'; END $$"""
    )
    books.execute(
        f"""CREATE TRIGGER refuse BEFORE {when} ON {table} FOR EACH ROW WHEN ({condition})
            EXECUTE FUNCTION refuse()"""
    )


def worked(books: Books, *batches: Sequence[Message]) -> Hand:
    """A worker has run until the queue was empty."""
    hand = Hand([list(batch) for batch in batches])
    with capture_logs():
        Worker(hand, books.database, books.rules, books.clock).run(hand.stop)
    return hand


def test_a_command_that_is_never_first_becomes_a_dead_letter_and_the_queue_goes_on(books: Books) -> None:
    """A key of the database refuses what a guard let pass: a hundred times is enough."""
    refuse(books, "INSERT", "items", "NEW.id = 'BAD'", "23505")
    tries = []
    event.listen(
        books.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: tries.append(1) if "INSERT INTO items" in statement else None,
    )
    hand = worked(books, [send(BAD), send(GOOD)], [send(LATER)])
    assert [books.state(key) for key in (GOOD, LATER)] == ["ready_to_export"] * 2
    (letter,) = books.letters()
    assert (letter["kind"], letter["reason"], letter["queue"]) == ("message", "bug", "countersign.commands")
    assert b"acme/company/BAD" in bytes(letter["original"])
    assert (len(hand.acked), hand.requeued, hand.given_up, hand.given_back) == (3, [], [], [])
    assert 100 < len(tries) < 110


def test_a_lost_connection_keeps_the_messages_in_hand(books: Books) -> None:
    """Giving them back would count as an attempt of theirs."""
    lost: list[str] = []

    def ended(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO items" in statement and len(lost) < 3:
            lost.append(statement)
            pid = connection.connection.driver_connection.info.backend_pid
            books.select("SELECT pg_terminate_backend(:pid)", pid=pid)

    event.listen(books.database.engine, "before_cursor_execute", ended)
    hand = worked(books, [send(GOOD), send(LATER)], [accept(GOOD)])
    assert len(lost) == 3
    assert (hand.opened, hand.requeued, hand.given_back, len(hand.acked)) == (1, [], [], 3)
    assert (books.state(GOOD), books.state(LATER), books.letters()) == ("accepted", "ready_to_export", [])


def test_a_release_that_fails_holds_up_no_command(books: Books) -> None:
    """It is tried again when there is nothing else to do, and not in between without a pause."""
    synced(books, "project", "cost_codes")
    do(books, send(VENDOR), accept(VENDOR), send(SC))
    books.handle(report(VENDOR))
    refuse(books, "UPDATE", "items", "NEW.state <> OLD.state AND NEW.id = 'SC-1001'", "22000")
    hand = worked(books, [send(GOOD)], [send(LATER)])
    assert [books.state(key) for key in (GOOD, LATER, SC)] == ["ready_to_export"] * 2 + ["sent"]
    assert hand.opened == 1
    assert max(hand.waits[-2:]) > 0  # the last may be the look for what came within a moment
    books.execute("DROP TRIGGER refuse ON items")
    worked(books)
    assert books.state(SC) == "ready_to_export"


def test_a_stored_payload_that_is_none_any_more_does_not_keep_the_release_busy(books: Books) -> None:
    """Its neighbour goes on, and the worker has time for the next command."""
    synced(books, "project", "cost_codes")
    other = key_of("commitment", "SC-2")
    do(books, send(VENDOR), accept(VENDOR), send(SC), send(other))
    books.execute("UPDATE items SET payload = :text WHERE key = :key", text='{"title":5}', key=SC)
    hand = worked(books, [report(VENDOR)], [], [], [send(GOOD)])
    assert [books.state(key) for key in (SC, other, GOOD)] == ["sent", "ready_to_export", "ready_to_export"]
    assert [letter["reason"] for letter in books.letters()] == ["bug"]
    assert max(hand.waits[-2:]) > 0  # the last may be the look for what came within a moment
