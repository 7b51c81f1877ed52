"""Where one part is measured: a database and a broker of its own, emptied away afterwards."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
from psycopg import sql

from bench.work import CONFIGURATION
from console.commands.apply import run_apply
from console.commands.init import run_init
from console.wiring import Site, site
from tests.services import broker_server, database_server

_SWITCHED_ON: Final = ("synchronous_commit",)


@dataclass(frozen=True, slots=True)
class Place:
    """One installation, initialised, with its company applied."""

    site: Site
    environment: Mapping[str, str]
    control: str | None = None  # the broker's rabbitmqctl, where it may be used

    @property
    def database_url(self) -> str:
        """The database's address."""
        return self.environment["COUNTERSIGN_DATABASE_URL"]

    def broker_process(self) -> int | None:
        """The broker's process, if it runs on this machine."""
        if self.control is None:
            return None
        answer = subprocess.run(
            [self.control, "eval", "os:getpid()."], capture_output=True, text=True, timeout=60, check=False
        )
        digits = answer.stdout.strip().strip('"')
        return int(digits) if digits.isdigit() else None


@contextmanager
def servers(erp: str) -> Iterator[Place]:
    """A new database on PostgreSQL and a new virtual host on RabbitMQ."""
    databases, brokers = database_server(), broker_server()
    with ExitStack() as leaving:
        database = databases.create()
        leaving.callback(databases.drop, database)
        leaving.callback(brokers.close)
        _switch_on(database)
        where = {"COUNTERSIGN_DATABASE_URL": database, "COUNTERSIGN_BROKER_URL": brokers.fresh()}
        yield leaving.enter_context(_installed(where, erp, brokers.control))


@contextmanager
def embedded(erp: str) -> Iterator[Place]:
    """A SQLite file and the queue in it."""
    with TemporaryDirectory(prefix="countersign-bench-") as folder:
        where = {"COUNTERSIGN_DATABASE_URL": f"sqlite:///{folder}/countersign.db"}
        with _installed(where, erp, None) as place:
            yield place


@contextmanager
def _installed(where: Mapping[str, str], erp: str, control: str | None) -> Iterator[Place]:
    with TemporaryDirectory(prefix="countersign-bench-") as folder:
        environment = {**where, "COUNTERSIGN_DATA_DIR": f"{folder}/var", "COUNTERSIGN_LOG": "warning"}
        configuration = Path(folder) / "bench.toml"
        configuration.write_text(CONFIGURATION.format(erp=erp), encoding="utf-8")
        with site(environment) as opened:
            run_init(opened)
            run_apply(opened, configuration)
            yield Place(opened, environment, control)


def _switch_on(database: str) -> None:
    """A server that was started for tests alone may forget commits at a power cut; here none may."""
    name = sql.Identifier(database.rpartition("/")[2])
    with psycopg.connect(database, autocommit=True) as connection:
        for setting in _SWITCHED_ON:
            connection.execute(sql.SQL("ALTER DATABASE {} SET {} = on").format(name, sql.Identifier(setting)))
