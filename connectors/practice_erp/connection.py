"""One client's connection: reads requests, hands them to the desk, writes what it answers."""

import logging
import socket
import time
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from connectors.practice_erp.answers import Answer, RefusedError
from connectors.practice_erp.bodies import MAX_BODY_BYTES

if TYPE_CHECKING:
    from connectors.practice_erp.listener import Listener

READ_SECONDS = 30
DRAIN_SECONDS = 5.0
_log = logging.getLogger(__name__)


def shut_down(connection: socket.socket, how: int) -> None:
    """Shut a connection down at once, so that the other side need not wait for a time-out."""
    with suppress(OSError):  # The client was quicker and there is nothing left to shut down.
        connection.shutdown(how)


class Connection(BaseHTTPRequestHandler):
    """Keeps the connection open between calls, as pools of clients expect."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Listener"

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            # The client has gone; what it asked for is done all the same, and nobody is left to tell.
            self.close_connection = True

    def parse_request(self) -> bool:
        # Between requests a client may stay silent as long as it likes; inside one it may not.
        self.connection.settimeout(READ_SECONDS)
        return super().parse_request()

    def answer_call(self) -> None:
        try:
            body = self._read_body()
        except RefusedError as refusal:
            self._refuse_unread(refusal)
            return
        answer = self._answer(body)
        if answer is None:
            self._hang_up()
        else:
            self._write(answer)
        self.connection.settimeout(None)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer_call  # noqa: N815  the standard library's names

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer, in JSON, what the standard library refuses before a call is read."""
        if code == HTTPStatus.NOT_IMPLEMENTED:
            self._refuse_unread(RefusedError(405, "unknown_method", "Use GET, POST, PUT, PATCH or DELETE."))
        else:
            reason = (message or HTTPStatus(code).phrase)[:200]
            # Another HTTP version is the library's 505, but the mistake is the client's.
            status = code if code < HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus.BAD_REQUEST
            self._refuse_unread(RefusedError(status, "bad_request", f"The request cannot be read: {reason}."))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: /stats counts."""

    def _answer(self, body: bytes) -> Answer | None:
        try:
            return self.server.desk.answer(self.command, self.path, body)
        except Exception:  # noqa: BLE001  a bug is logged and answered; the server goes on
            _log.exception("practice_erp.call_failed")
            return RefusedError(
                500, "internal", "The practice ERP failed and stored nothing of this call."
            ).answer()

    def _read_body(self) -> bytes:
        length = self._body_length()
        try:
            body = self.rfile.read(length) if length else b""
        except TimeoutError:
            raise RefusedError(
                408, "incomplete", "The body did not arrive in time: send all of it."
            ) from None
        if len(body) < length:
            raise RefusedError(
                400, "incomplete", "The body is shorter than Content-Length says: send all of it."
            )
        return body

    def _body_length(self) -> int:
        if "Transfer-Encoding" in self.headers:
            raise RefusedError(411, "length_required", "Send the body in one piece, with a Content-Length.")
        lengths = self.headers.get_all("Content-Length", ["0"])
        if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            raise RefusedError(400, "bad_request", "Content-Length has to be one whole number.")
        # Compared by its digits first: a number of thousands of digits is refused before it is read.
        if len(lengths[0]) > len(str(MAX_BODY_BYTES)) or int(lengths[0]) > MAX_BODY_BYTES:
            raise RefusedError(
                413, "too_large", f"The body is over {MAX_BODY_BYTES} bytes: send it in parts."
            )
        return int(lengths[0])

    def _write(self, answer: Answer) -> None:
        body = answer.body.encode("utf-8")
        headers = [("Date", self.date_time_string()), *answer.headers]
        if answer.status != HTTPStatus.NO_CONTENT:
            headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        if self.close_connection:
            headers.append(("Connection", "close"))
        head = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self.wfile.write(f"{head}{lines}\r\n".encode("latin-1") + (b"" if self.command == "HEAD" else body))

    def _hang_up(self) -> None:
        self.close_connection = True
        shut_down(self.connection, socket.SHUT_RDWR)

    def _refuse_unread(self, refusal: RefusedError) -> None:
        """Answer and close; a client still sending is read for a while, or a reset would eat the answer."""
        self.close_connection = True
        self._write(refusal.answer())
        shut_down(self.connection, socket.SHUT_WR)
        self.connection.settimeout(1)
        deadline = time.monotonic() + DRAIN_SECONDS
        try:
            while time.monotonic() < deadline and self.connection.recv(65536):
                pass
        except TimeoutError:
            return
