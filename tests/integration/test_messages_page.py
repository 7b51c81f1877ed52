"""The page about messages: its upstream tool works against a real broker, as it stands there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests import pages
from tests.acceptance.cli.installation import ACME, PATIENCE, Installation


def test_the_upstream_tool_that_is_shown_sends_and_reads_its_outcome(
    rabbitmq_url: str, tmp_path: Path
) -> None:
    """Whoever copies it has a tool that works."""
    (client,) = [block.text for block in pages.blocks("docs/messages.md") if block.info == "python client"]
    installation = Installation(tmp_path, {"COUNTERSIGN_BROKER_URL": rabbitmq_url})
    installation.ok("init")
    (tmp_path / "acme.toml").write_text(ACME, encoding="utf-8")
    installation.ok("apply", str(tmp_path / "acme.toml"))
    with installation.served("engine,relay"):
        done = subprocess.run(
            [sys.executable, "-c", client],
            input=json.dumps(installation.project("P-1")),
            env=os.environ | {"BROKER": rabbitmq_url},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    assert json.loads(done.stdout)["type"] == "countersign.command.applied.v1"
    assert installation.json("show", "acme/project/P-1")["state"] == "ready_to_export"
