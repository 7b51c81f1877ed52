"""A real mail server that can be told to misbehave."""

import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tools.services.found import free_ports


class PostOffice:
    """Keeps what it takes; answers per recipient may be set."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.answers: dict[str, list[str]] = {}  # what to answer to RCPT, in order
        self.data_answers: list[str] = []
        self.connections = 0
        self.logins: list[tuple[bytes, bytes]] = []
        self.arrived = threading.Condition()
        self._controller: Controller | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The setting that leads here."""
        return f"smtp://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Begin to listen, on the same port each time."""
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self._port or _free_port(),
            auth_require_tls=False,
            authenticator=self._login,
        )
        self._port = self._controller.port
        self._controller.start()

    def shut(self) -> None:
        """Go away."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def wait_for(self, count: int) -> list[EmailMessage]:
        """Wait until so many mails have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.taken) >= count, 30)
            return list(self.taken)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count connections."""
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer as told, else take it."""
        if self.answers.get(address):
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message."""
        if self.data_answers:
            return self.data_answers.pop(0)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=SMTP_POLICY)
        assert isinstance(message, EmailMessage)
        with self.arrived:
            self.taken.append(message)
            self.arrived.notify_all()
        return "250 OK"

    def _login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)


def _free_port() -> int:
    (port,) = free_ports(1)
    return port
