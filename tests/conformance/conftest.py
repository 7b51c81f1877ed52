"""Each kind of bus, for the suite that all of them have to pass."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import worlds
from tests.conformance.worlds import TOPOLOGY, World

KINDS = ("rabbitmq", "embedded on SQLite", "embedded on PostgreSQL")


@pytest.fixture(params=KINDS)
def new_world(request: pytest.FixtureRequest, tmp_path: Path, free_port: int) -> Iterator[World]:
    """A bus on which nothing is declared yet."""
    world = _world(request, tmp_path, free_port)
    yield world
    world.close()


@pytest.fixture
def world(new_world: World) -> World:
    """A bus on which the suite's exchanges and queues are declared."""
    new_world.bus().declare(TOPOLOGY)
    return new_world


def _world(request: pytest.FixtureRequest, directory: Path, free_port: int) -> World:
    if request.param == "rabbitmq":
        return worlds.rabbitmq(request.getfixturevalue("rabbitmq_url"), directory, free_port)
    if request.param == "embedded on SQLite":
        lost = f"sqlite:///{directory / 'missing' / 'queue.db'}"
        return worlds.embedded(request.getfixturevalue("sqlite_url"), directory, lost)
    lost = f"postgresql://postgres@127.0.0.1:{free_port}/nothing"
    return worlds.embedded(request.getfixturevalue("postgres_url"), directory, lost)
