"""`up` and `serve`: everything in one process tree, from the first start to the end."""

from __future__ import annotations

import os
import signal
import urllib.request
from pathlib import Path

from tests.acceptance.cli.installation import Installation, Output
from tools.services.found import free_ports

LARGEST = 250 * 1024  # KiB of all processes together


def _installation(folder: Path) -> Installation:
    (port,) = free_ports(1)
    return Installation(folder, {"COUNTERSIGN_CONSOLE_URL": f"http://127.0.0.1:{port}"})


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(number) for number in listed]


def _memory(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _up(output: Output) -> str:
    return output.wait_for("Countersign runs: ").split()[2]


def test_up_creates_what_is_missing_and_takes_an_item_to_the_erp(tmp_path: Path) -> None:
    """Two commands on an empty machine, and the first item arrives; Ctrl-C ends it all."""
    installation = _installation(tmp_path)
    (port,) = free_ports(1)
    with (
        installation.started("sandbox-erp", "--port", str(port)) as erp,
        installation.started("up", ends=signal.SIGINT) as output,
    ):
        erp.wait_for("listens on")
        address = _up(output)
        assert "created the tables" in output.lines[0]
        installation.apply(f"http://127.0.0.1:{port}")
        with installation.started("events", "--follow", "--json", ends=signal.SIGINT, code=130) as events:
            assert installation.send(installation.project("P-1")).returncode == 0
            installation.ok("accept", "acme/project/P-1", "--as", "pat@acme.test")
            events.wait_for("countersign.item.synced.v1")
        assert installation.json("show", "acme/project/P-1")["state"] == "synced"
        with urllib.request.urlopen(f"{address}/readyz", timeout=30) as answer:
            assert answer.status == 200
        tree = [output.process.pid, *_children(output.process.pid)]
        assert sum(map(_memory, tree)) < LARGEST
    assert output.lines[-1] == "Countersign has stopped."
    assert [process for process in tree if Path(f"/proc/{process}").exists()] == []


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    """Nobody has to watch over the roles."""
    installation = _installation(tmp_path)
    with installation.started("up") as output:
        _up(output)
        installation.apply("http://127.0.0.1:9")
        for child in _children(output.process.pid):
            os.kill(child, signal.SIGKILL)
        output.wait_for("is started again", 2)
        output.wait_for("serve.ready", 4)
        assert installation.send(installation.project("P-1")).returncode == 0


def test_up_tells_where_the_console_really_listens(tmp_path: Path) -> None:
    """Behind a proxy the address in the mails is another; and metrics are shown once for the whole machine."""
    console, metrics = free_ports(2)
    environment = {
        "COUNTERSIGN_CONSOLE_URL": "https://approve.example.test",
        "COUNTERSIGN_CONSOLE_LISTEN": f"127.0.0.1:{console}",
        "COUNTERSIGN_METRICS_LISTEN": f"127.0.0.1:{metrics}",
    }
    with Installation(tmp_path, environment).started("up") as output:
        address = _up(output)
        assert address == f"http://127.0.0.1:{console}"
        output.wait_for("metrics.not_served")
        for served in (address, f"http://127.0.0.1:{metrics}"):
            with urllib.request.urlopen(f"{served}/metrics", timeout=30) as answer:
                assert b'countersign_up{service="database"} 1.0' in answer.read()


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """A second `up` must not find the first one's roles still at work."""
    installation = _installation(tmp_path)
    with installation.started("up", code=-signal.SIGKILL) as output:
        _up(output)
        children = _children(output.process.pid)
        output.process.kill()
        output.wait_for("serve.stopped", 2)
        output.close()
    for child in children:
        installation.wait_gone(child)
