"""Mails to a mail server, and its answers in our words."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.errors import MailUnavailable, Misconfigured
from notifications.letters import Letter, Post, Refused
from notifications.texts import line

_CONNECT_S: Final = 10.0
_ANSWER_S: Final = 60.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_CLOSING: Final = 421
_Translation: TypeAlias = Callable[[Exception], MailUnavailable]
_FORM: Final = "COUNTERSIGN_SMTP_URL: write smtp://[user:password@]host[:port][?starttls=1] or smtps://..."


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where the mail server is and how to talk to it."""

    host: str
    port: int
    tls: bool  # from the first byte
    starttls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def smtp_address(url: str) -> SmtpAddress:
    """Read `smtp://user:password@host:587?starttls=1` or `smtps://host`; raises Misconfigured."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:  # its text would show the address, and that has a password in it
        raise Misconfigured([_FORM]) from None
    starttls = options.pop("starttls", None)
    if parts.scheme not in ("smtp", "smtps") or not host or options or starttls not in (None, "0", "1"):
        raise Misconfigured([_FORM])
    tls = parts.scheme == "smtps"
    # A password never travels in the clear unless that is asked for, or it stays on this machine.
    secure = starttls == "1" if starttls else parts.username is not None and host not in _LOOPBACK
    return SmtpAddress(
        host=host,
        port=port or (465 if tls else 587 if secure else 25),
        tls=tls,
        starttls=secure and not tls,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


class SmtpMailer:
    """A mail server; one connection for each batch."""

    def __init__(self, url: str, mail_from: str, trust: ssl.SSLContext | None = None) -> None:
        self._address = smtp_address(url)
        self._sender = parseaddr(mail_from)[1]
        self._trust = trust

    @contextmanager
    def open(self) -> Iterator[Post]:
        """Connect and log in; raises MailUnavailable."""
        try:
            server = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise self._unavailable(error) from error
        try:
            yield _Connection(server, self._sender, self._unavailable)
        finally:
            with suppress(OSError, smtplib.SMTPException):  # a lost connection is closed already
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        address = self._address
        trust = self._trust or ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(address.host, address.port, timeout=_CONNECT_S, context=trust)
            if address.tls
            else smtplib.SMTP(address.host, address.port, timeout=_CONNECT_S)
        )
        try:
            if address.starttls:
                server.starttls(context=trust)
            if address.user is not None:
                server.login(address.user, address.password or "")
            server.ehlo_or_helo_if_needed()
            if server.sock is not None:
                server.sock.settimeout(_ANSWER_S)
        except BaseException:
            server.close()
            raise
        return server

    def _unavailable(self, error: Exception) -> MailUnavailable:
        where = f"{self._address.host}:{self._address.port}"
        return MailUnavailable(f"the mail server {where} cannot be used now: {_reason(error)}")


class _Connection:
    """One connection to a mail server."""

    def __init__(self, server: smtplib.SMTP, sender: str, unavailable: _Translation) -> None:
        self._server = server
        self._sender = sender
        self._unavailable = unavailable

    def send(self, letter: Letter) -> Refused | None:
        """Hand one mail over."""
        try:
            self._server.send_message(letter.message, self._sender, [letter.recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return self._answer(error, code, text)
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code < 500:
                raise self._unavailable(error) from error
            return self._answer(error, error.smtp_code, error.smtp_error)
        except smtplib.SMTPDataError as error:
            return self._answer(error, error.smtp_code, error.smtp_error)
        except smtplib.SMTPNotSupportedError as error:
            return Refused(f"the mail server cannot write to this address: {_reason(error)}")
        except (OSError, smtplib.SMTPException) as error:
            raise self._unavailable(error) from error
        return None

    def _answer(self, error: Exception, code: int, text: bytes | str) -> Refused:
        if code == _CLOSING:
            raise self._unavailable(error) from error
        return Refused(f"the mail server refused it: {code} {_words(text)}", later=code < 500)


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return line(error, 300) or type(error).__name__


def _words(text: bytes | str) -> str:
    return line(text.decode("utf-8", "replace") if isinstance(text, bytes) else text, 300)
