"""`up`: the whole program on one machine with nothing prepared, used by its command line alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.acceptance.conftest import MakeSite
from tests.acceptance.support.amqp import gaps
from tests.acceptance.support.companies import company
from tests.acceptance.support.load import Load
from tests.acceptance.support.orders import send_project
from tests.acceptance.support.programs import PROGRAM, ROOT
from tests.acceptance.support.waiting import eventually

MOST_MEMORY = 260.0  # MiB
LONGEST_HELP = 0.4  # seconds


def _tree(root: int) -> list[int]:
    """A process and everything below it."""
    found = [root]
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def _memory(pids: list[int]) -> float:
    """MiB that these processes take together, shared pages counted once."""
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    sizes = [line.split()[1] for text in texts for line in text.splitlines() if line.startswith("Pss:")]
    return sum(map(int, sizes)) / 1024


def test_up_runs_everything_on_one_machine_from_send_to_synced_within_250_mib(make_site: MakeSite) -> None:
    """An empty folder is enough: items are sent, accepted and rejected by command line, mails are files."""
    site = make_site("embedded")
    up = site.up()
    site.apply(company("acme", site.erp.url))
    for name in ("U-1", "U-2"):
        sent = site.command(
            "send", "-", "--wait", "--json", given=json.dumps(send_project(f"acme/project/{name}"))
        )
        (outcome,) = json.loads(sent.stdout)
        assert (outcome["outcome"], outcome["state"]) == ("applied", "ready_to_export")
    accepted = site.command("accept", "acme/project/U-1", "--as", "pat@acme.test")
    assert "applied, now accepted" in accepted.stdout
    site.command("reject", "acme/project/U-2", "--as", "pat@acme.test", "--comment", "Which quay?")
    site.until_states({"acme/project/U-1": "synced", "acme/project/U-2": "rejected"}, 30)
    eventually(lambda: len(site.mails()) >= 2, 30, "a mail to the sender and to the approver")
    assert "Which quay?" in site.mails()[0].read_text()
    site.command("accept", "acme/project/U-2", "--as", "pat@acme.test", code=1)
    site.command("accept", "acme/project/U-2", "--as", "stranger@acme.test", code=1)
    site.command("verify")
    assert site.erp.codes("project") == {"U-1": 1}
    assert gaps(site.ask("events", "--limit", "1000")) == {}
    used = _memory(_tree(up.process.pid))
    print(f"{used:.0f} MiB")
    assert used < MOST_MEMORY
    assert up.stop() == 0
    assert "Countersign has stopped." in up.text
    assert "Traceback" not in up.text


def test_up_killed_leaves_no_process_and_the_next_one_goes_on(make_site: MakeSite) -> None:
    """Its children end when it ends, however it ends; one of them that is killed alone is started again."""
    site, load = make_site("embedded"), Load("UP", 30)
    site.prepare()
    up = site.up()
    site.send(load.orders()[:20])
    engine = _tree(up.process.pid)[1]
    os.kill(engine, signal.SIGKILL)
    up.wait_for("engine ended with -9 and is started again")
    site.send(load.orders()[20:40])
    children = _tree(up.process.pid)[1:]
    up.process.kill()
    eventually(lambda: not any(map(_runs, children)), 30, "every child has ended")
    site.kill("up")
    site.send(load.orders()[40:])
    site.up()
    site.until_states(load.states, 60)
    eventually(lambda: len(site.mails()) >= load.mails().total(), 30, "every mail")
    assert site.erp.codes("project") == load.codes()
    assert load.mails_in(site.mails()) == load.mails()
    assert site.tracebacks() == []


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_help_is_there_at_once() -> None:
    """It loads nothing that it does not show."""

    def took() -> float:
        started = time.perf_counter()
        subprocess.run([*PROGRAM, "--help"], cwd=ROOT, check=True, capture_output=True)
        return time.perf_counter() - started

    best = min(took() for _ in range(3))
    print(f"{best:.3f} s, Python {sys.version_info.major}.{sys.version_info.minor}")
    assert best < LONGEST_HELP
