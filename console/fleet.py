"""The connectors that run: one by name, or every one that some company has."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from console.roles import Role
from console.wiring import Site
from engine.errors import Misconfigured, Unavailable
from engine.retrying import backoff
from engine.store import directory

_LOOK_S: Final = 2.0  # how soon a new integration's connector runs

_log = structlog.get_logger("countersign.connectors")


class Fleet:
    """Starts a connector as soon as some company has it; runs until it is told to stop."""

    def __init__(self, site: Site, make: Callable[[Site, str], Role] | None = None) -> None:
        self._site = site
        self._make = make or connector_role
        self._threads: dict[str, threading.Thread] = {}

    def run(self, stop: threading.Event) -> None:
        """Look for connectors to run until `stop` is set."""
        failures = 0
        while not stop.is_set():
            try:
                for name in sorted(self._wanted() - self._threads.keys()):
                    self._start(name, stop)
                failures = 0
                stop.wait(_LOOK_S)
            except Unavailable as problem:
                failures += 1
                _log.warning("connectors.waiting", problem=str(problem))
                stop.wait(backoff(failures))
        for thread in self._threads.values():
            thread.join()

    def _wanted(self) -> frozenset[str]:
        from console.connectors import connector_names

        with self._site.database.read() as connection:
            return directory.connectors(connection) & connector_names()

    def _start(self, name: str, stop: threading.Event) -> None:
        thread = threading.Thread(
            target=self._guarded, args=(name, stop), name=f"connector {name}", daemon=True
        )
        self._threads[name] = thread
        thread.start()
        _log.info("connectors.started", connector=name)

    def _guarded(self, name: str, stop: threading.Event) -> None:
        failures = 0
        while not stop.is_set():
            try:
                self._make(self._site, name).run(stop)
                return
            except Exception:  # noqa: BLE001  a bug in one connector must not end the others
                failures += 1
                _log.exception("connectors.failed", connector=name)  # the other connectors go on
                stop.wait(backoff(failures))


def connector_role(site: Site, name: str) -> Role:
    """One connector's role; raises Misconfigured where it is not installed."""
    from console.connectors import connector_names

    if name not in connector_names():
        known = ", ".join(sorted(connector_names())) or "none"
        raise Misconfigured(
            [f"the connector {name} is not installed (there are: {known}): install its package"]
        )
    raise Misconfigured([f"the connector {name} has no worker in this release"])
