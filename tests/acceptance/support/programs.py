"""Real processes of the program: what they say is kept, and waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = (sys.executable, "-m", "console.main")


class EndedError(Exception):
    """A process ended before it said what was waited for."""


class Program:
    """One running `countersign`, with every line that it has written so far."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.arguments = tuple(arguments)
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._silent = False
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._silent = True
            self._said.notify_all()

    @property
    def text(self) -> str:
        """Everything that it has said."""
        return "\n".join(self.lines)

    def wait_for(self, text: str, timeout: float = 60.0, *, after: int = 0) -> str:
        """The first line with this text, from line `after` on; waits until it is said."""

        def found() -> str | None:
            return next((line for line in self.lines[after:] if text in line), None)

        with self._said:
            self._said.wait_for(lambda: found() is not None or self._silent, timeout)
            line = found()
        if line is None:
            ended = f"ended with {self.process.poll()}" if self._silent else f"has not said it in {timeout} s"
            raise EndedError(
                f"`countersign {' '.join(self.arguments)}` {ended}: {text!r}\n{self.text[-4000:]}"
            )
        return line

    @property
    def runs(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it and its children as `kill -9` does."""
        if self.runs:
            os.killpg(self.process.pid, signal.SIGKILL)
        self._over()

    def stop(self, timeout: float = 30.0) -> int:
        """Ask it to end; returns its exit code."""
        if self.runs:
            self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self._over()

    def _over(self) -> None:
        self.process.wait()
        self._reader.join(5)
        if self.process.stdout is not None and not self._reader.is_alive():
            self.process.stdout.close()


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    given: str | None = None,
    before: Callable[[], None] | None = None,
    timeout: float = 90.0,
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; `before` runs in its process before it begins."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        env=dict(environment),
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        preexec_fn=before,
    )
