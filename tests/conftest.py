"""What every test may ask for, and the rule that continuous integration leaves no test out."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.services import BrokerServer, DatabaseServer, UnavailableError, broker_server, database_server
from tools.services.found import free_ports

IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(scope="session")
def postgres_server() -> DatabaseServer:
    """The PostgreSQL on which tests make databases of their own."""
    try:
        return database_server()
    except UnavailableError as error:
        pytest.skip(f"needs PostgreSQL: {error}")


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[BrokerServer]:
    """The RabbitMQ on which tests get virtual hosts of their own."""
    try:
        server = broker_server()
    except UnavailableError as error:
        pytest.skip(f"needs RabbitMQ: {error}")
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: DatabaseServer) -> Iterator[str]:
    """The address of an empty PostgreSQL database that is this test's alone."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def rabbitmq_url(rabbitmq_server: BrokerServer) -> str:
    """The address of an empty virtual host."""
    return rabbitmq_server.fresh()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of an SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'countersign.db'}"


@pytest.fixture
def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    (port,) = free_ports(1)
    return port


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test that was left out count as failed in continuous integration."""
    report = yield
    expected_failure = hasattr(report, "wasxfail")
    if IN_CI and report.skipped and not expected_failure:
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let a whole file that was left out count as failed in continuous integration."""
    report = yield
    if IN_CI and report.skipped:
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    report.outcome = "failed"
    report.longrepr = f"Continuous integration leaves no test out, but this one was: {report.longreprtext}"
