"""Where a RabbitMQ broker is and how to log in there."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from engine.errors import Misconfigured

_TLS_FILES: Final = {"cacertfile": "ca_certs", "certfile": "certfile", "keyfile": "keyfile"}


@dataclass(frozen=True, slots=True)
class Address:
    """A broker's URL, taken apart; `str` shows it without the password."""

    host: str
    port: int
    user: str
    vhost: str
    password: str = field(repr=False)
    tls: Mapping[str, str] | None = field(default=None, repr=False)  # ca_certs, certfile, keyfile

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port}, vhost {self.vhost}"


def parse(url: str) -> Address:
    """Read `amqp[s]://user:password@host:port/vhost?cacertfile=...&certfile=...&keyfile=...`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Misconfigured(["the broker's URL is no URL: write amqp://user:password@host/vhost"]) from None
    if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
        raise Misconfigured(["the broker's URL has to look like amqp://user:password@host:5672/vhost"])
    secure = parts.scheme == "amqps"
    path = parts.path[1:]
    return Address(
        host=parts.hostname,
        port=port or (5671 if secure else 5672),
        user=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        vhost=unquote(path) or "/",
        tls=_tls(parse_qs(parts.query)) if secure else None,
    )


def _tls(options: Mapping[str, list[str]]) -> dict[str, str]:
    return {_TLS_FILES[name]: values[0] for name, values in options.items() if name in _TLS_FILES}


def tls_context(address: Address) -> ssl.SSLContext:
    """How the broker's certificate is checked and ours is shown."""
    files = address.tls or {}
    try:
        context = ssl.create_default_context(cafile=files.get("ca_certs"))
        if "certfile" in files:
            context.load_cert_chain(files["certfile"], files.get("keyfile"))
    except OSError as error:
        raise Misconfigured([f"the broker's certificates cannot be read: {error}"]) from error
    return context
