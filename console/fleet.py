"""The connectors that run: one by name, or every one that some company has."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

from console.roles import Role
from console.wiring import Site
from engine.errors import Unavailable
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
        self._running: dict[str, Role] = {}

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

    def wake(self) -> None:
        """Make every connector look at `stop` now."""
        for role in list(self._running.values()):
            if (wake := getattr(role, "wake", None)) is not None:
                wake()

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
                role = self._running[name] = self._make(self._site, name)
                role.run(stop)
                return
            except Exception:  # noqa: BLE001  a bug in one connector must not end the others
                failures += 1
                _log.exception("connectors.failed", connector=name)  # the other connectors go on
                stop.wait(backoff(failures))


def connector_role(site: Site, name: str) -> Role:
    """One connector's worker; raises Misconfigured where it is not installed."""
    from connectors.registry import connector
    from console.credentials import resolve_secrets
    from engine.exporter import Exporter
    from workflows import item_types

    settings = site.settings
    return Exporter(
        site.bus,
        site.database,
        connector(name),
        item_types(),
        site.clock,
        settings.delays,
        resolve=lambda given: {"timeout": settings.connector_timeout, **resolve_secrets(given)},
        batch=settings.connector_batch,
        message_limit=settings.message_limit,
    )
