"""A database of each kind, for tests that have to hold on both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine.store.database import Database

KINDS = ("sqlite", "postgresql")


def url_of(kind: str, request: pytest.FixtureRequest) -> str:
    """The address of an empty database of a kind."""
    url: str = request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    return url


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """A database, closed at the end."""
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
