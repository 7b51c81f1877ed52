"""A small HTTP server of plain pages: each is made when it is asked for, in a thread of its own."""

import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import structlog

from engine.settings_values import Listen

PLAIN: Final = "text/plain; charset=utf-8"
_POLL_S: Final = 0.2
_PATIENCE_S: Final = 10.0  # for whoever connects and says nothing

_log = structlog.get_logger("countersign.pages")

Answer = tuple[HTTPStatus, str, bytes]
Page = Callable[[], Answer]


class PageServer:
    """Listens from its making, which raises OSError where it cannot; answers while it runs."""

    def __init__(self, listen: Listen, pages: Mapping[str, Page]) -> None:
        self._listen = listen
        self._server = _server(listen, _handler(pages))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    @property
    def address(self) -> str:
        """Where it listens, for a browser."""
        return f"http://{Listen(self._listen.host, self.port)}"

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop` is set."""
        thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_S,), name="pages", daemon=True
        )
        thread.start()
        stop.wait()
        self._server.shutdown()
        thread.join()
        self.close()

    def close(self) -> None:
        """Stop listening."""
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # The library's own asks the name service for this host's name, and waits where that is away.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if isinstance(sys.exc_info()[1], OSError):  # it asked and did not wait for the answer
            _log.debug("pages.client_left", client=client_address)
        else:
            _log.exception("pages.failed")


class _Server6(_Server):
    address_family = socket.AF_INET6


def _server(listen: Listen, handler: type[BaseHTTPRequestHandler]) -> _Server:
    kind = _Server6 if ":" in listen.host else _Server
    return kind((listen.host, listen.port), handler)


def _handler(pages: Mapping[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _PATIENCE_S

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, kind, body = page() if page is not None else _not_found(pages)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the library's
            _log.debug("pages.request", line=format % args)

    return Handler


def _not_found(pages: Mapping[str, Page]) -> Answer:
    return HTTPStatus.NOT_FOUND, PLAIN, f"There is {' and '.join(sorted(pages))}.\n".encode()
