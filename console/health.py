"""A small HTTP server that says whether this installation works: /healthz, /readyz, /metrics."""

import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import structlog

from console.wiring import Site
from engine.errors import Misconfigured, Unavailable
from engine.store import schema
from engine.topology import COMMANDS

_PLAIN: Final = "text/plain; charset=utf-8"
_POLL_S: Final = 0.2

_log = structlog.get_logger("countersign.console")

Answer = tuple[HTTPStatus, str, bytes]


class HealthServer:
    """Listens from its making, answers while it runs."""

    def __init__(self, site: Site) -> None:
        listen = site.settings.console_listen
        pages: Mapping[str, Callable[[], Answer]] = {
            "/healthz": lambda: (HTTPStatus.OK, _PLAIN, b"ok\n"),
            "/readyz": lambda: _readiness(site),
            "/metrics": _metrics,
        }

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0], _not_found)
                status, kind, body = page()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the library's
                _log.debug("console.request", line=format % args)

        try:
            self._server = ThreadingHTTPServer((listen.host, listen.port), Handler)
        except OSError as error:
            advice = "stop what listens there, or set COUNTERSIGN_CONSOLE_LISTEN"
            raise Misconfigured(
                [f"cannot listen on {listen}: {error.strerror or error}; {advice}"]
            ) from error

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop` is set."""
        thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="console-http", daemon=True
        )
        thread.start()
        stop.wait()
        self._server.shutdown()
        self._server.server_close()
        thread.join()


def _readiness(site: Site) -> Answer:
    try:
        schema.ensure_current(site.database)
        site.bus.depth(COMMANDS)
    except (Unavailable, Misconfigured) as error:
        return HTTPStatus.SERVICE_UNAVAILABLE, _PLAIN, f"{error}\n".encode()
    return HTTPStatus.OK, _PLAIN, b"ready\n"


def _metrics() -> Answer:
    from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

    return HTTPStatus.OK, CONTENT_TYPE_LATEST, generate_latest()


def _not_found() -> Answer:
    return HTTPStatus.NOT_FOUND, _PLAIN, b"There is /healthz, /readyz and /metrics.\n"
