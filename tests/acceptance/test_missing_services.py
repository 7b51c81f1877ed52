"""What is missing at the start is told in one line; what goes away later is waited for, and nothing is lost."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.conftest import MakeSite
from tests.acceptance.support.amqp import Caller
from tests.acceptance.support.load import Load
from tests.acceptance.support.orders import lines_of, order, send_project
from tests.acceptance.support.programs import run
from tests.acceptance.support.roads import Road
from tests.acceptance.support.site import EMBEDDED_GROUPS, Site, environment_of
from tests.acceptance.support.waiting import eventually
from tests.services import BrokerServer, DatabaseServer
from tools.services.found import free_ports

UNREACHED = 3
SECRET = "not-the-password"


def _one_line(environment: dict[str, str], *arguments: str) -> str:
    """What a command says that ends because a service is missing."""
    done = run(arguments, environment)
    assert (done.returncode, done.stdout) == (UNREACHED, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("countersign: ")
    assert SECRET not in line
    return line


@pytest.mark.parametrize("command", ["init", "up", "serve engine", "items", "send"])
def test_without_its_broker_or_its_database_a_command_ends_with_3_and_one_line(
    tmp_path: Path, command: str
) -> None:
    """Whoever starts it reads what to look after, without a traceback."""
    file = tmp_path / "orders.json"
    file.write_text(lines_of([send_project("acme/project/P")]), encoding="utf-8")
    arguments = ["send", str(file)] if command == "send" else command.split(" ")
    (port,) = free_ports(1)
    database = f"postgresql://somebody:{SECRET}@127.0.0.1:{port}/countersign"
    line = _one_line(environment_of(tmp_path, database), *arguments)
    assert f"127.0.0.1:{port}" in line
    assert "refused" in line
    if command != "items":  # which needs no broker
        broker = f"amqp://somebody:{SECRET}@127.0.0.1:{port}/"
        here = environment_of(tmp_path / "data", None, broker)
        if command not in ("init", "up"):
            run(["init"], environment_of(tmp_path / "data"))
        assert "RabbitMQ (somebody@127.0.0.1" in _one_line(here, *arguments)


def test_a_wrong_password_ends_with_3_and_one_line_that_does_not_show_it(
    tmp_path: Path, rabbitmq_server: BrokerServer, postgres_server: DatabaseServer
) -> None:
    """What was refused is named, the password is not."""
    where = rabbitmq_server.url.rpartition("@")[2]
    broker = f"amqp://guest:{SECRET}@{where}"
    assert "log-in was refused" in _one_line(environment_of(tmp_path, None, broker), "init")
    where = postgres_server.url.rpartition("@")[2].rpartition("/")[0]
    database = f"postgresql://nobody-of-ours:{SECRET}@{where}/postgres"
    assert "nobody-of-ours" in _one_line(environment_of(tmp_path, database), "init")


def test_a_folder_that_cannot_be_made_ends_with_3_and_one_line() -> None:
    """It says which folder, and what to set instead."""
    line = _one_line(environment_of(Path("/proc/countersign")), "init")
    assert "/proc/countersign" in line
    assert "COUNTERSIGN_DATA_DIR" in line


@pytest.fixture
def roads(postgres_url: str, rabbitmq_url: str) -> Iterator[tuple[Road, Road]]:
    """The ways to the database and to the broker."""
    found = Road(postgres_url, 5432), Road(rabbitmq_url, 5672)
    yield found
    for road in found:
        road.close()


def test_a_broker_and_a_database_that_go_away_are_waited_for_and_then_everything_arrives(
    roads: tuple[Road, Road], rabbitmq_url: str, tmp_path: Path
) -> None:
    """Whoever sends notices nothing; every process goes on by itself."""
    database, broker = roads
    site, load = Site(tmp_path, database.url, broker.url), Load("AWAY", 60)
    try:
        site.prepare()
        site.start(*EMBEDDED_GROUPS)
        orders = load.orders()
        with Caller(rabbitmq_url) as sender:
            for start, away in ((0, (broker,)), (40, (database,)), (80, (broker, database))):
                said = {group: len(program.lines) for group, program in site.programs.items()}
                for each in orders[start : start + 20]:
                    sender.give(each)
                for road in away:
                    road.close()
                for each in orders[start + 20 : start + 40]:
                    sender.give(each)
                site.programs["engine"].wait_for("engine.waiting", 40, after=said["engine"])
                site.programs[EMBEDDED_GROUPS[1]].wait_for(
                    "relay.waiting", 40, after=said[EMBEDDED_GROUPS[1]]
                )
                for road in away:
                    road.open()
        site.until_states(load.states, 60)
        eventually(lambda: len(site.mails()) >= load.mails().total(), 30, "every mail")
        assert all(program.runs for program in site.programs.values())
        assert site.erp.codes("project") == load.codes()
        assert load.mails_in(site.mails()) == load.mails()
        site.command("verify")
        assert site.tracebacks() == []
    finally:
        site.close()


def _set_file_limit(site: Site, size: int) -> None:
    """From now on no process of the site can make a file larger: to it, the disk is full."""
    for program in site.programs.values():
        resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_is_waited_for_and_then_everything_arrives(make_site: MakeSite) -> None:
    """What was queued stays queued while nothing can be written."""
    site, load = make_site("embedded"), Load("FULL", 20)
    site.prepare()
    site.start(*EMBEDDED_GROUPS)
    _set_file_limit(site, 4096)
    site.send(load.orders())
    engine = site.programs["engine"]
    engine.wait_for("engine.waiting")
    assert "synced" not in site.states().values()
    _set_file_limit(site, resource.RLIM_INFINITY)
    site.until_states(load.states, 60)
    eventually(lambda: len(site.mails()) >= load.mails().total(), 30, "every mail")
    assert engine.runs
    assert site.erp.codes("project") == load.codes()
    assert load.mails_in(site.mails()) == load.mails()
    site.command("verify")
    assert site.tracebacks() == []


def test_on_a_full_disk_a_command_ends_with_3_and_one_line(tmp_path: Path) -> None:
    """Nothing is half made: with room again the same command works."""
    environment = environment_of(tmp_path)

    def limited(size: int) -> Callable[[], None]:
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    done = run(["init"], environment, before=limited(100_000))
    (line,) = done.stderr.splitlines()
    assert done.returncode == UNREACHED
    assert str(tmp_path) in line
    assert run(["init"], environment).returncode == 0


def test_a_locked_file_is_waited_for_told_in_one_line_and_then_everything_arrives(
    make_site: MakeSite,
) -> None:
    """Somebody else's transaction holds the file for longer than anybody waits."""
    site, key = make_site("embedded"), "acme/project/LOCKED"
    site.prepare()
    site.start(*EMBEDDED_GROUPS)
    site.send([send_project(key)])
    site.until_states({key: "ready_to_export"}, 30)
    with closing(sqlite3.connect(site.folder / "countersign.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        path = site.folder / "accept.json"
        path.write_text(lines_of([order("accept", key)]), encoding="utf-8")
        assert "locked" in _one_line(site.environment, "send", str(path))
        assert site.states() == {key: "ready_to_export"}
        holder.execute("ROLLBACK")
    site.command("send", str(path))
    site.until_states({key: "synced"}, 60)
    assert site.erp.codes("project") == {"LOCKED": 1}
    assert all(program.runs for program in site.programs.values())
    assert site.tracebacks() == []
