"""CloudEvents as Countersign reads and writes them (CloudEvents 1.0, JSON and AMQP bindings)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from engine.errors import Malformed

STRUCTURED: Final = "application/cloudevents+json"
COMMAND_PREFIX: Final = "countersign.command."
OURS: Final = "/countersign"

_BINARY_PREFIXES: Final = ("cloudEvents:", "cloudEvents_")
_DEEPEST: Final = 64  # levels of nesting; what is deeper could exhaust the stack of whoever writes it again
_WIDEST_NUMBER: Final = 30  # digits; a wider one stays a Decimal, so that 1e999999 costs nothing

Json: TypeAlias = Any  # a decoded JSON value; numbers with a fraction or an exponent are Decimal


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a broker carries it."""

    body: bytes
    content_type: str | None = None
    message_id: str | None = None
    correlation_id: str | None = None
    reply_to: str | None = None
    user_id: str | None = None  # set only when the broker validated it
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """A readable command; whether it may be applied is another question."""

    source: str
    id: str
    type: str
    subject: str | None
    actor: str | None
    data: Json
    key: bytes  # what makes a command the same command: SHA-256 of source and id
    content: bytes  # what a repeat has to equal: SHA-256 of type, subject, actor and data
    user_id: str | None = None

    @property
    def name(self) -> str:
        """`send` of `countersign.command.send.v1`; the whole rest if it is no version 1."""
        rest = self.type[len(COMMAND_PREFIX) :]
        return rest.removesuffix(".v1")


def _number(text: str) -> int | Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")  # an exponent that no machine can hold; no rule accepts it
    if value.is_finite() and abs(value.adjusted()) <= _WIDEST_NUMBER and value == value.to_integral_value():
        return int(value)
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _exact(value: Decimal) -> Decimal:
    """1.10 as 1.1, whatever the size: the usual context would round, or raise for 1e9999999."""
    digits = max(1, len(value.as_tuple().digits))
    return value.normalize(Context(prec=digits, Emax=MAX_EMAX, Emin=MIN_EMIN))


def _foreign(value: object) -> object:
    if isinstance(value, Decimal):
        return {"$number": str(_exact(value) if value.is_finite() else value)}
    raise TypeError(f"{type(value).__name__} is no JSON value")


_decoder = json.JSONDecoder(parse_float=_number, parse_constant=_no_constant)
_encoder = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False, default=_foreign)
_canonical = json.JSONEncoder(
    ensure_ascii=True, separators=(",", ":"), allow_nan=False, default=_foreign, sort_keys=True
)


def parse(text: str) -> Json:
    """Decode JSON strictly: no NaN, no infinity; raises Malformed."""
    try:
        value = _decoder.decode(text)
    except RecursionError:
        raise Malformed(f"the JSON is nested deeper than {_DEEPEST} levels") from None
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from None
    if text.count("[") + text.count("{") > _DEEPEST and _depth_exceeds(value, _DEEPEST):
        raise Malformed(f"the JSON is nested deeper than {_DEEPEST} levels")
    return value


def _depth_exceeds(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def dump(value: Json) -> str:
    """Encode JSON in ASCII, so that NUL and lone surrogates survive every store."""
    return _encoder.encode(value)


def canonical(value: Json) -> str:
    """Encode JSON with sorted keys: equal values give equal text."""
    return _canonical.encode(value)


def digest(value: Json) -> bytes:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(value).encode()).digest()


def read(message: Message, limit: int) -> Command:
    """The command that a message carries, in structured or binary mode.

    `limit` is the size in bytes above which nothing is read. Raises Malformed with a reason its sender understands.
    """
    if len(message.body) > limit:
        raise Malformed(f"the message has {len(message.body)} bytes, more than the limit of {limit}")
    attributes = _binary_attributes(message.headers)
    if attributes and not (message.content_type or "").startswith("application/cloudevents"):
        return _command(attributes, _binary_data(message.body), message.user_id)
    envelope = parse(_text(message.body))
    if not isinstance(envelope, dict):
        raise Malformed("a command is a JSON object")
    return _command(envelope, _structured_data(envelope), message.user_id)


def _binary_attributes(headers: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in headers.items():
        for prefix in _BINARY_PREFIXES:
            if name.startswith(prefix):
                found[name[len(prefix) :]] = (
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                )
    return found


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error.reason} at byte {error.start}") from None


def _binary_data(body: bytes) -> Json:
    if not body:
        return {}
    try:
        return parse(_text(body))
    except Malformed:
        return None  # the attributes are readable, so the sender gets a refusal: its data is no object


def _structured_data(envelope: dict[str, Any]) -> Json:
    return envelope.get("data", None if "data_base64" in envelope else {})


def _command(attributes: Mapping[str, Any], data: Json, user_id: str | None) -> Command:
    version = attributes.get("specversion")
    if version != "1.0":
        raise Malformed(f"specversion is {version!r:.40}, and only 1.0 is read here")
    for name in ("id", "source", "type"):
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise Malformed(f"the attribute {name} has to be a string that is not empty")
    if not attributes["type"].startswith(COMMAND_PREFIX):
        raise Malformed(f"the type has to begin with {COMMAND_PREFIX}")
    subject, actor = (
        value if isinstance(value, str) else None for value in map(attributes.get, ("subject", "actor"))
    )
    return Command(
        source=attributes["source"],
        id=attributes["id"],
        type=attributes["type"],
        subject=subject,
        actor=actor,
        data=data,
        key=digest([attributes["source"], attributes["id"]]),
        content=digest([attributes["type"], subject, actor, data]),
        user_id=user_id,
    )


def envelope(
    type_: str,
    subject: str | None,
    data: Json,
    *,
    id_: str,
    time: str,
    source: str = OURS,
    **extensions: Json,
) -> dict[str, Json]:
    """A CloudEvent as a JSON object, ready for `dump`."""
    event: dict[str, Json] = {"specversion": "1.0", "id": id_, "source": source, "type": type_, "time": time}
    if subject is not None:
        event["subject"] = subject
    event.update(extensions)
    event["datacontenttype"] = "application/json"
    event["data"] = data
    return event
