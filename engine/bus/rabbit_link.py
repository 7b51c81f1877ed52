"""One kombu connection to RabbitMQ, opened without retries and closed without waiting for ever."""

import contextlib
import ssl
from collections.abc import Callable
from typing import Any, Final

from kombu.connection import Connection

from engine.bus.rabbit_address import Address
from engine.bus.rabbit_errors import KOMBU_ERRORS, unavailable
from engine.bus.rabbit_frames import FrameReader, Received

_CONNECT_TIMEOUT: Final = 10.0  # seconds
_ANSWER_TIMEOUT: Final = 30.0  # seconds for the broker to answer, and for the network to take what is sent


def connect(address: Address, heartbeat: int, on_received: Callable[[Received], None] | None = None) -> Any:
    """A py-amqp connection, made by kombu; deliveries on it go to `on_received`."""
    options: dict[str, Any] = {"client_properties": {"connection_name": "countersign"}}
    if on_received is not None:
        options["frame_handler"] = lambda connection, on_method: FrameReader(
            connection, on_method, on_received
        )
    template = Connection(  # type: ignore[no-untyped-call]
        hostname=address.host,
        port=address.port,
        userid=address.user,
        password=address.password,
        virtual_host=address.vhost,
        transport="pyamqp",
        ssl=_tls(address),
        heartbeat=heartbeat,
        connect_timeout=_CONNECT_TIMEOUT,
        transport_options=options,
    )
    try:
        connection = template.transport.establish_connection()
        connection.sock.settimeout(_ANSWER_TIMEOUT)
    except KOMBU_ERRORS as error:
        raise unavailable(error, address) from error
    return connection


def _tls(address: Address) -> dict[str, Any] | bool:
    if address.tls is None:
        return False
    return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": address.host, **address.tls}


def close(connection: Any) -> None:
    """Say good-bye where the broker still listens; leave in any case."""
    with contextlib.suppress(*KOMBU_ERRORS):  # it is gone already, and so is everything that it held
        connection.close()
    connection.collect()
