"""The listening socket: a thread for each connection, and all of them closed at the end."""

import socket
import threading
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from connectors.practice_erp.calls import Desk
from connectors.practice_erp.connection import Connection, shut_down


class Listener(ThreadingHTTPServer):
    """Knows its open connections, so that stopping means that nobody is answered any more."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, desk: Desk) -> None:
        self.desk = desk
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), Connection)

    def server_bind(self) -> None:
        # The standard library asks DNS for the host's full name here, which can take seconds.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up_all(self) -> None:
        with self._open_lock:
            for connection in self._open:
                shut_down(connection, socket.SHUT_RDWR)
