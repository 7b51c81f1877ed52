"""The errors of kombu, py-amqp and pika, told in one sentence of our own."""

import re
import socket
from typing import Final

import amqp.exceptions
import kombu.exceptions
import pika.exceptions

from engine.bus.rabbit_address import Address
from engine.errors import BusUnavailable

KOMBU_ERRORS: Final = (amqp.exceptions.AMQPError, kombu.exceptions.OperationalError, OSError)

_MISSING: Final = re.compile(r"NOT_FOUND - no (exchange|queue) '([^']*)'")


def unavailable(error: object, address: Address) -> BusUnavailable:
    """What a caller is told; never with the password."""
    return BusUnavailable(f"RabbitMQ ({address}): {_reason(error)}")


def _reason(error: object) -> str:
    text = _text(error)
    missing = _MISSING.search(text)
    if missing:
        return f"the {missing[1]} {missing[2]} is missing: run `countersign init`"
    if "ACCESS_REFUSED - Login was refused" in text or isinstance(
        error, (pika.exceptions.ProbableAuthenticationError, pika.exceptions.AuthenticationError)
    ):
        return "the log-in was refused: check the user and the password"
    if "NOT_ALLOWED" in text or isinstance(error, pika.exceptions.ProbableAccessDeniedError):
        return "the vhost does not exist or this user may not use it: create it and give the permission"
    if isinstance(error, socket.gaierror):
        return "the host's name is not known: check the URL"
    if isinstance(error, TimeoutError):
        return "no answer in time: check that the broker runs and can be reached"
    if isinstance(error, OSError):
        return f"it cannot be reached ({text}): check that it runs"
    return text


def _text(error: object) -> str:
    if isinstance(error, amqp.exceptions.AMQPError):
        return f"{error.reply_text or error}"
    if isinstance(error, pika.exceptions.ConnectionClosed | pika.exceptions.ChannelClosed):
        return f"{error.reply_text}"
    return f"{error}".partition("\n")[0] or type(error).__name__
