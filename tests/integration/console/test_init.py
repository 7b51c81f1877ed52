"""`init` and `upgrade`: tables, and names on the broker."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.commands.init import run_init
from console.commands.upgrade import run_upgrade
from engine.bus.rabbit_about import look
from engine.errors import BusUnavailable
from engine.topology import COMMANDS, topology
from tests.integration.console.sites import installation


def test_a_fresh_folder_becomes_an_installation(tmp_path: Path) -> None:
    """Nothing has to be prepared, and doing it again does nothing."""
    with installation(tmp_path) as site:
        first, second = run_init(site), run_init(site)
        assert "created the tables" in first.sentence
        assert "up to date" in second.sentence
        assert site.bus.depth(COMMANDS) == 0


def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    """`upgrade` says from where to where."""
    with installation(tmp_path) as site:
        prepared = run_upgrade(site)
        assert prepared.upgrade.before is None
        assert not run_upgrade(site).upgrade.changed


def test_rabbitmq_gets_every_name(tmp_path: Path, postgres_url: str, rabbitmq_url: str) -> None:
    """What is sent before the first start is kept."""
    with installation(tmp_path, DATABASE_URL=postgres_url, BROKER_URL=rabbitmq_url) as site:
        wanted = topology(["sandbox"])
        assert COMMANDS in look(rabbitmq_url, wanted).missing
        prepared = run_init(site)
        about = look(rabbitmq_url, topology(prepared.connectors))
        assert (about.missing, about.different) == ((), ())


def test_a_broker_that_is_away_is_told_so(tmp_path: Path, free_port: int) -> None:
    """The tables are there by then, and running it again is safe."""
    with (
        installation(tmp_path, BROKER_URL=f"amqp://u:hunter2@127.0.0.1:{free_port}/") as site,
        pytest.raises(BusUnavailable) as raised,
    ):
        run_init(site)
    assert "hunter2" not in str(raised.value)
