"""A stored payload that another release would not take any more holds up nobody but its own item."""

from engine.testing import command
from tests.books import Books
from tests.builders import PAM, accept, key_of, report, send
from tests.journeys import do, synced

VENDOR = key_of("company")
BAD, GOOD, LAST = (key_of("commitment", f"SC-{number}") for number in (1, 2, 3))


def waiting(books: Books) -> None:
    """Three commitments wait for their vendor; the first one's payload is not one any more."""
    synced(books, "project", "cost_codes")
    do(books, send(VENDOR), accept(VENDOR), *(send(key) for key in (BAD, GOOD, LAST)))
    books.execute("UPDATE items SET payload = :text WHERE key = :key", text='{"title":5}', key=BAD)
    books.handle(report(VENDOR))


def test_it_is_a_dead_letter_and_its_neighbours_go_on(books: Books) -> None:
    """The letter names the item and what to do."""
    waiting(books)
    assert books.release() == 1
    assert [books.state(key) for key in (BAD, GOOD, LAST)] == ["sent", "ready_to_export", "ready_to_export"]
    (letter,) = books.letters()
    assert (letter["kind"], letter["reason"], letter["item"]) == ("message", "bug", BAD)
    assert "retrieve it and send it again" in letter["message"]
    assert len(books.about(BAD, "dead_letter.added")) == 1


def test_the_release_comes_to_an_end_and_does_not_begin_again(books: Books) -> None:
    """One letter is enough."""
    waiting(books)
    books.release()
    assert books.select("SELECT * FROM waits") == books.select("SELECT * FROM releases") == []
    assert books.release() == 0
    assert len(books.letters()) == 1


def test_retrieving_and_sending_it_again_helps(books: Books) -> None:
    """As the letter says."""
    waiting(books)
    books.release()
    do(books, command("retrieve", BAD, PAM), send(BAD))
    assert books.state(BAD) == "ready_to_export"
