"""The README, done as it says: its commands, in their order, show what it shows."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests import pages
from tools.services.found import free_ports

PATIENCE = 60  # seconds; a slow machine is no failure
READY = {"sandbox-erp": "listen|practice ERP|http://", "up": "Countersign runs"}


def test_who_follows_the_readme_sees_what_it_shows(tmp_path: Path) -> None:
    """The first thing that a newcomer tries works."""
    told = Stranger(tmp_path)
    shown = [block for block in pages.blocks("README.md") if block.info.startswith(("sh run", "text shown"))]
    with ExitStack() as running:
        for number, block in enumerate(shown):
            if block.info == "sh run background":
                running.enter_context(told.background(block.text))
            elif block.info.startswith("sh run"):
                follows = shown[number + 1] if number + 1 < len(shown) else block
                expected = _lines(follows.text) if follows.info == "text shown" else []
                told.until(block.text, expected, fails="fails" in block.info, again="until" in block.info)
        mails = list((tmp_path / "var" / "mail").glob("*-rejection-*.eml"))
        assert mails


class Stranger:
    """Somebody in a fresh folder, with ports that are free here."""

    def __init__(self, folder: Path) -> None:
        self.erp, console = free_ports(2)
        self.folder = folder
        (folder / "examples").symlink_to(pages.ROOT / "examples")
        (folder / "acme.toml").write_text(
            pages.text("examples/acme.toml").replace("127.0.0.1:8070", f"127.0.0.1:{self.erp}"),
            encoding="utf-8",
        )
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
        self.environment = inherited | {
            "PYTHONPATH": str(pages.ROOT),
            "COUNTERSIGN_CONSOLE_LISTEN": f"127.0.0.1:{console}",
            "COLUMNS": "200",
        }

    def script(self, text: str) -> str:
        """The commands as they are typed here."""
        text = text.replace(".venv/bin/countersign", f"exec_ {shlex.quote(sys.executable)} -m console.main")
        text = text.replace("sandbox-erp", f"sandbox-erp --port {self.erp}")
        return 'set -e; exec_() { "$@"; }\n' + text.replace("examples/acme.toml", "acme.toml")

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run a block to its end."""
        return subprocess.run(
            ["bash", "-c", self.script(text)], cwd=self.folder, env=self.environment, timeout=PATIENCE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip

    def until(self, text: str, expected: list[str], *, fails: bool, again: bool) -> None:
        """Run a block once, or until it shows what is expected."""
        end = time.monotonic() + PATIENCE
        while True:
            done = self.run(text)
            missing = [line for line in expected if line not in _lines(done.stdout)]
            if not missing or not again or time.monotonic() > end:
                break
        assert not missing, (text, missing, done.stdout)
        assert (done.returncode != 0) is fails, (text, done.stdout)

    @contextmanager
    def background(self, text: str) -> Iterator[None]:
        """Run a block until the end, and wait until it is ready."""
        name = text.rsplit(maxsplit=1)[-1]
        script = self.script(text).replace('exec_() { "$@"; }', 'exec_() { exec "$@"; }')
        process = subprocess.Popen(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if re.search(READY[name], line):
                    break
            else:
                raise AssertionError(f"{text} ended")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=PATIENCE)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]
