"""The page about installing, followed: its statements give the program what it needs, and no more."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests import pages
from tests.acceptance.cli.installation import ACME, Installation
from tests.services import DatabaseServer

OWNER, WORKER = (f"countersign_{name}_{os.getpid()}" for name in ("owner", "worker"))
NAME = f"countersign_installed_{os.getpid()}"


def _statements(number: int) -> list[str]:
    """The statements of the page's SQL block, with names and passwords of this test's own."""
    block = [block.text for block in pages.blocks("docs/install.md") if block.info == "sql"][number]
    block = block.replace("'...'", "'practice'").replace("DATABASE countersign", f"DATABASE {NAME}")
    block = re.sub(r"\bcountersign_owner\b", OWNER, block)
    return [each for each in re.sub(r"\bcountersign\b", WORKER, block).split(";\n") if each.strip()]


def _address(server: DatabaseServer, user: str) -> str:
    host = server.url.rpartition("/")[0].rpartition("@")[2].removeprefix("postgresql://")
    return f"postgresql://{user}:practice@{host}/{NAME}"


def _run(url: str, statements: list[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def prepared(postgres_server: DatabaseServer) -> Iterator[DatabaseServer]:
    """A server with the page's two users and its database."""
    _run(postgres_server.url, _statements(0))
    yield postgres_server
    drop = [f"DROP DATABASE {NAME} WITH (FORCE)", f"DROP ROLE {OWNER}", f"DROP ROLE {WORKER}"]
    _run(postgres_server.url, drop)


def test_the_second_user_can_do_all_the_work_and_rewrites_no_history(
    prepared: DatabaseServer, tmp_path: Path
) -> None:
    """Who steals the password that the roles have cannot change what was decided."""
    owner, worker = (_address(prepared, user) for user in (OWNER, WORKER))
    Installation(tmp_path, {"COUNTERSIGN_DATABASE_URL": owner}).ok("init")
    _run(owner, _statements(1))
    installation = Installation(tmp_path, {"COUNTERSIGN_DATABASE_URL": worker})
    (tmp_path / "acme.toml").write_text(ACME, encoding="utf-8")
    installation.ok("apply", str(tmp_path / "acme.toml"))
    with installation.served("engine,relay,scheduler,notifier,dead-letters"):
        assert installation.send(installation.project("P-1")).returncode == 0
        installation.ok("reject", "acme/project/P-1", "--as", "pat@acme.test", "--comment", "twice")
    for command in ("prune", "verify", "recover"):
        installation.ok(command)
    for forbidden in ("UPDATE history SET entry = ''", "DELETE FROM history", "DROP TABLE history"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            _run(worker, [forbidden])
