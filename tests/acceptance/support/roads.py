"""The way from a site to a service, which a test can close and open."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from tests.integration.bus.gateway import Gateway


class Road:
    """Closed, nobody gets through and new connections are refused; opened again it is where it was."""

    def __init__(self, url: str, default_port: int) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or default_port)
        self._gateway = Gateway(*self._target)
        self._port = self._gateway.port
        user, at, _ = parts.netloc.rpartition("@")
        self.url = urlunsplit(parts._replace(netloc=f"{user}{at}127.0.0.1:{self._port}"))

    def close(self) -> None:
        """End every connection and take no new one."""
        self._gateway.close()

    def open(self) -> None:
        """Let everybody through again."""
        self._gateway = Gateway(*self._target, self._port)
