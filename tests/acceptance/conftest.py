"""The sites that acceptance tests run against: each worker has one of each kind that its tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.acceptance.support.amqp import Caller
from tests.acceptance.support.site import EMBEDDED_GROUPS, Site
from tests.services import BrokerServer, DatabaseServer

MakeSite = Callable[[str], Site]


@pytest.fixture
def make_site(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[MakeSite]:
    """Make a site of this test's own; `kind` is "rabbitmq" (with PostgreSQL) or "embedded" (with SQLite)."""
    made: list[Site] = []

    def make(kind: str) -> Site:
        if kind == "rabbitmq":
            urls = request.getfixturevalue("postgres_url"), request.getfixturevalue("rabbitmq_url")
            made.append(Site(tmp_path / "site", *urls))
        else:
            made.append(Site(tmp_path / "site"))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture(scope="session")
def served(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: DatabaseServer, rabbitmq_server: BrokerServer
) -> Iterator[Site]:
    """A running site on RabbitMQ and PostgreSQL; whoever uses it takes keys of his own."""
    database = postgres_server.create()
    site = Site(tmp_path_factory.mktemp("served"), database, rabbitmq_server.fresh())
    try:
        site.prepare()
        site.start(*EMBEDDED_GROUPS)
        yield site
    finally:
        site.close()
        postgres_server.drop(database)


@pytest.fixture
def caller(served: Site) -> Iterator[Caller]:
    """Somebody who gives commands to the shared site over AMQP."""
    assert served.broker is not None
    with Caller(served.broker) as found:
        yield found
