"""Acme Builders in memory."""

from collections.abc import Iterator

import pytest

from tests.books import Books


@pytest.fixture
def books() -> Iterator[Books]:
    """Acme's books on SQLite in memory."""
    books = Books()
    yield books
    books.close()
