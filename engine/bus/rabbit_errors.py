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
_SENTENCES: Final = (
    ("Login was refused", "the log-in was refused: check the user and the password"),
    ("NOT_ALLOWED", "the vhost does not exist or this user may not use it: create it or give the permission"),
)
_KINDS: Final = (
    (pika.exceptions.ProbableAuthenticationError, _SENTENCES[0][1]),
    (pika.exceptions.AuthenticationError, _SENTENCES[0][1]),
    (pika.exceptions.ProbableAccessDeniedError, _SENTENCES[1][1]),
    (socket.gaierror, "the host's name is not known: check the URL"),
    (TimeoutError, "no answer in time: check that it runs and can be reached"),
)


def unavailable(error: object, address: Address) -> BusUnavailable:
    """What a caller is told; never with the password."""
    return BusUnavailable(f"RabbitMQ ({address}): {_reason(error)}")


def _reason(wrapped: object) -> str:
    error = _innermost(wrapped)
    text = _text(error)
    missing = _MISSING.search(text)
    if missing:
        return f"the {missing[1]} {missing[2]} is missing: run `countersign init`"
    known = [sentence for sign, sentence in _SENTENCES if sign in text]
    known += [sentence for kind, sentence in _KINDS if isinstance(error, kind)]
    if known:
        return known[0]
    return f"it cannot be reached ({text}): check that it runs" if isinstance(error, OSError) else text


def _innermost(error: object) -> object:
    """What pika wrapped: the last of several failures, and in it the failure of one phase."""
    causes = [
        getattr(error, "exception", None),
        *getattr(error, "exceptions", ()),
        *getattr(error, "args", ()),
    ]
    inner = [cause for cause in causes if isinstance(cause, Exception)]
    return _innermost(inner[-1]) if inner else error


def _text(error: object) -> str:
    if isinstance(error, amqp.exceptions.AMQPError):
        return f"{error.reply_text or error}"
    if isinstance(error, pika.exceptions.ConnectionClosed | pika.exceptions.ChannelClosed):
        return f"{error.reply_text}"
    return f"{error}".partition("\n")[0] or type(error).__name__
