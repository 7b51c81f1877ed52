"""A database with a small company, and a mail server."""

from collections.abc import Iterator

import pytest

from tests.integration.notifications.office import Office
from tests.integration.notifications.post_office import PostOffice


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    """Acme Builders on each kind of database."""
    office = Office(request.getfixturevalue(request.param))
    yield office
    office.close()


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server that can be told to misbehave."""
    server = PostOffice()
    server.open()
    yield server
    server.shut()
