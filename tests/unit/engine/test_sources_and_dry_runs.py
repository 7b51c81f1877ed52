"""Configured sources on a bus with and without users, and what only a sender may ask not to happen."""

from collections.abc import Iterator

import pytest

from tests.books import Books
from tests.builders import accept, key_of, report, send
from tests.journeys import bring, do

KEY = key_of("company")


@pytest.fixture
def userless() -> Iterator[Books]:
    """Acme's books behind a bus on which nobody logs in."""
    books = Books(own_user=None)
    books.source("/desk", "upstream", "send")
    yield books
    books.close()


def test_on_a_bus_without_users_configured_sources_refuse_nobody(userless: Books) -> None:
    """Whoever publishes there holds the database's password."""
    do(userless, send(KEY, source="/elsewhere"), accept(KEY), report(KEY))
    assert userless.state(KEY) == "synced"
    assert userless.one(send(key_of("company", "V-1"), source="/desk", user_id="mallory")) == "applied"


def test_on_a_bus_with_users_they_refuse_everybody_else(books: Books) -> None:
    """But not the program itself."""
    books.source("/desk", "upstream", "send")
    assert books.one(send(KEY, source="/elsewhere")) == "untrusted_source"
    assert books.one(send(KEY, source="/desk")) == "untrusted_source"
    assert books.one(accept(KEY)) == "untrusted_source"
    assert books.one(send(KEY, source="/elsewhere", user_id="countersign")) == "applied"


def test_a_report_is_never_a_dry_run(books: Books) -> None:
    """What the ERP has cannot be taken back by a word in the message."""
    key = bring(books, "company", "accepted")
    do(books, report(key, dry_run=True))
    assert (books.state(key), books.export(f"{key}@1").status) == ("synced", "succeeded")


def test_an_accept_cannot_be_a_dry_run(books: Books) -> None:
    """It has no such field."""
    key = bring(books, "company", "ready")
    refused = books.run(accept(key, dry_run=True))[0]["data"]["reason"]
    assert (refused["code"], refused["errors"][0]["path"]) == ("invalid_payload", "dry_run")
    assert books.state(key) == "ready_to_export"
