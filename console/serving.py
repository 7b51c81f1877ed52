"""`serve`: runs roles as threads of this process until it is told to stop."""

import gc
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from console import errors, metrics, roles
from console.logging import configure
from console.roles import Role
from console.wiring import Site, site
from engine.errors import Unavailable
from engine.retrying import backoff
from engine.store import schema
from engine.topology import COMMANDS

_TRIES: Final = 8  # failures of one role by a bug, each soon after the other; then the process ends
_STEADY_AFTER: Final = 60.0  # seconds after which a role's earlier failures are forgotten
_LEAVE_WITHIN: Final = 20.0  # seconds for the roles to end; then the process ends without them

_log = structlog.get_logger("countersign.serve")


def serve_roles(text: str, connector: str | None, child: int | None) -> int:
    """Run the roles; `child` is where a supervisor listens for readiness: its pipe's number."""
    names = roles.named(text, connector)
    with site() as here:
        configure(here.settings.log, here.settings.log_format)
        check(here)
        running = [(name, roles.build(name, here)) for name in names]
        _look_less_for_garbage()
        serving = Serving(here, running)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: serving.stop())
        if child is not None:
            threading.Thread(target=_watch_parent, args=(serving.stop,), name="parent", daemon=True).start()
        with metrics.served(here):
            return serving.run(lambda: _ready(child, addresses(running)))


def _look_less_for_garbage() -> None:
    """A batch makes thousands of values at once and frees them all: looking for cycles among them takes a tenth."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def check(here: Site) -> None:
    """Refuse to start without the tables and the queues; raises Misconfigured or Unavailable."""
    schema.ensure_current(here.database)
    here.bus.depth(COMMANDS)
    here.signals.notify("serve")


def addresses(running: Sequence[tuple[str, Role]]) -> str:
    """Where the roles that listen do so."""
    return " ".join(role.address for _, role in running if hasattr(role, "address"))


def _ready(child: int | None, listening: str) -> None:
    if child is not None:
        os.write(child, f"+{listening}".encode())
        os.close(child)


def _watch_parent(stop: Callable[[], None]) -> None:
    # The supervisor holds the other end of our stdin: it closes when the supervisor ends, however it ends.
    poll = select.poll()
    poll.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
    poll.poll()
    stop()


class Serving:
    """Roles that run beside each other; one that fails is started again by itself, and some times at most."""

    def __init__(
        self,
        here: Site,
        running: Sequence[tuple[str, Role]],
        pause: Callable[[int], float] = backoff,
    ) -> None:
        self._here = here
        self._running = running
        self._pause = pause  # seconds before a role is started again, by how often it has failed
        self._stop = threading.Event()
        self._failed = False

    def stop(self) -> None:
        """Tell every role to end."""
        self._stop.set()

    def run(self, ready: Callable[[], None]) -> int:
        """Run until told to stop; returns the exit code."""
        threads = [
            threading.Thread(target=self._guarded, args=(name, role), name=name, daemon=True)
            for name, role in self._running
        ]
        for thread in threads:
            thread.start()
        _log.info("serve.ready", roles=[name for name, _ in self._running])
        ready()
        self._stop.wait()
        self._wake()
        for thread in threads:
            thread.join(_LEAVE_WITHIN)
        if any(thread.is_alive() for thread in threads):
            _log.error("serve.stuck", roles=[thread.name for thread in threads if thread.is_alive()])
            sys.stderr.flush()
            os._exit(errors.WANTING)  # whatever hangs would keep the interpreter from ending
        _log.info("serve.stopped", roles=[name for name, _ in self._running])
        return errors.WANTING if self._failed else errors.DONE

    def _wake(self) -> None:
        for _, role in self._running:
            wake = getattr(role, "wake", None)
            if wake is not None:
                wake()
        try:
            self._here.changed()
        except Unavailable as problem:
            _log.info("serve.not_woken", problem=str(problem))  # they look by themselves within a second

    def _guarded(self, name: str, role: Role) -> None:
        """Run one role, and again when it fails; what fails again and again needs a process that starts afresh."""
        waits, failures = 0, 0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                role.run(self._stop)
                return
            except Unavailable as problem:
                waits += 1
                _log.warning("serve.waiting", role=name, problem=str(problem))
                self._stop.wait(self._pause(waits))
            except Exception:  # noqa: BLE001  a bug in one role must not end the others
                failures = 1 if time.monotonic() - began > _STEADY_AFTER else failures + 1
                _log.exception("serve.failed", role=name, failures=failures)
                if failures >= _TRIES:
                    self._failed = True
                    self._stop.set()
                self._stop.wait(self._pause(failures))
