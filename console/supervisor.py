"""`up`: a small parent and its children, which together are the whole program.

The parent imports next to nothing: its memory would come on top of everybody else's.
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Final

from console import errors

# The engine decides alone, so that nobody else's work slows it down; a third process would cost 65 MB more.
GROUPS: Final = ("engine", "relay,scheduler,dead-letters,notifier,connectors,console")

_FIRST_PAUSE: Final = 0.5  # seconds until a child that ended is started again; doubled each time
_LONGEST_PAUSE: Final = 30.0
_STEADY_AFTER: Final = 60.0  # seconds after which a child's earlier ends are forgotten
_LONGEST_TOLD: Final = 512  # bytes of what a child tells about itself; a pipe takes so many in one piece
_LEAVE_WITHIN: Final = 25.0  # seconds for the children to end by themselves


def supervise() -> int:
    """Run everything until Ctrl-C or SIGTERM; returns the exit code."""
    prepared = subprocess.run([*_program(), "init", "--if-empty"], check=False)
    if prepared.returncode != errors.DONE:
        return prepared.returncode
    return Supervisor([Child(group) for group in GROUPS]).run()


def _program() -> list[str]:
    return [sys.executable, "-m", "console.main"]


class Child:
    """One process with some roles: started, watched, started again."""

    def __init__(self, roles: str) -> None:
        self.roles = roles
        self.process: subprocess.Popen[bytes] | None = None
        self.ready: int | None = None  # a pipe that tells when its roles run
        self.was_ready = False
        self.address = ""  # where it listens, if it does
        self.start_at = 0.0
        self._started_at = 0.0
        self._pause = _FIRST_PAUSE

    def start(self) -> None:
        """Start it; it ends by itself when our end of its stdin closes."""
        ready, told = os.pipe()
        command = [*_program(), "serve", self.roles, "--child", str(told)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, pass_fds=(told,), start_new_session=True
        )
        os.close(told)
        self.ready = ready
        self._started_at = time.monotonic()

    def hear(self) -> None:
        """Read what it tells: that it is ready, or by its end that it will never be."""
        assert self.ready is not None  # noqa: S101  only a started child is heard
        told = os.read(self.ready, _LONGEST_TOLD)
        if told.startswith(b"+"):
            self.was_ready, self.address = True, told[1:].decode()
        os.close(self.ready)
        self.ready = None

    def ended(self) -> int | None:
        """Its exit code if it has just ended; then it has a time to be started again."""
        code = self.process.poll() if self.process is not None else None
        if self.process is None or code is None:
            return None
        self._forget()
        lived = time.monotonic() - self._started_at
        self._pause = _FIRST_PAUSE if lived > _STEADY_AFTER else min(self._pause * 2, _LONGEST_PAUSE)
        self.start_at = time.monotonic() + self._pause
        return code

    def _forget(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        if self.ready is not None:
            os.close(self.ready)
        self.process, self.ready = None, None

    def tell(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, until: float) -> None:
        """Wait for its end; kill it when the time is over."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._forget()


class Supervisor:
    """Keeps its children running until it is told to stop."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = children
        self._stopping = False
        self._announced = False
        self._code = errors.DONE

    def run(self) -> int:
        """Start every child, and again whenever one ends; returns the exit code."""
        woken, waker = os.pipe()
        os.set_blocking(waker, False)
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(waker)  # a child's end and a signal both end the waiting below
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        while not self._stopping:
            self._start_due()
            self._wait(woken)
            self._look()
        return self._leave()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _start_due(self) -> None:
        for child in self._children:
            if child.process is None and child.start_at <= time.monotonic():
                child.start()

    def _wait(self, woken: int) -> None:
        pipes = [child.ready for child in self._children if child.ready is not None]
        waiting = [child.start_at for child in self._children if child.process is None]
        timeout = max(0.0, min(waiting) - time.monotonic()) if waiting else None
        found, _, _ = select.select([woken, *pipes], [], [], timeout)
        if woken in found:
            os.read(woken, 512)
        for child in self._children:
            if child.ready in found:
                child.hear()

    def _look(self) -> None:
        for child in self._children:
            code = child.ended()
            if code is None or self._stopping:
                continue
            if not child.was_ready and code in (errors.USAGE, errors.UNREACHED) and not self._announced:
                self._stopping, self._code = True, code  # it said why
            else:
                print(
                    f"countersign: {child.roles} ended with {code} and is started again",
                    file=sys.stderr,
                    flush=True,
                )
        if not self._announced and all(child.was_ready for child in self._children):
            self._announced = True
            address = " ".join(child.address for child in self._children if child.address)
            print(f"Countersign runs: {address} (Ctrl-C stops it)", flush=True)

    def _leave(self) -> int:
        for child in self._children:
            child.tell(signal.SIGTERM)
        until = time.monotonic() + _LEAVE_WITHIN
        for child in self._children:
            child.wait(until)
        if self._announced:
            print("Countersign has stopped.", flush=True)
        return self._code
