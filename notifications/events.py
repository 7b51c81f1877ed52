"""The events that mails are made from, read from the notifier's queue."""

from dataclasses import dataclass
from typing import Any, Final

from engine.errors import Malformed
from engine.messages import Message, parse

REJECTED: Final = "countersign.item.rejected.v1"
DEAD_LETTER_ADDED: Final = "countersign.dead_letter.added.v1"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item was rejected."""

    event: str
    at: str
    key: str
    title: str | None
    project: str | None
    actor: str
    comment: str | None

    @property
    def company(self) -> str:
        """The slug in the item's key."""
        return self.key.partition("/")[0]


@dataclass(frozen=True, slots=True)
class ExportFailed:
    """An export became a dead letter."""

    dead_letter: str
    at: str
    key: str
    export: str
    error_class: str
    code: str | None
    message: str
    attempts: int
    connector: str | None

    @property
    def company(self) -> str:
        """The slug in the item's key."""
        return self.key.partition("/")[0]


@dataclass(frozen=True, slots=True)
class NobodysMail:
    """An event that asks for no mail, such as a message that became a dead letter."""

    event: str


Occasion = Rejected | ExportFailed | NobodysMail


def read(message: Message) -> Occasion:
    """What happened; raises Malformed for a message that is none of these events."""
    try:
        event = parse(message.body.decode())
    except UnicodeDecodeError as error:
        raise Malformed(f"not UTF-8: {error.reason} at byte {error.start}") from None
    if not isinstance(event, dict) or event.get("specversion") != "1.0":
        raise Malformed("an event is a JSON object with specversion 1.0")
    data = event.get("data")
    if not isinstance(data, dict):
        raise Malformed("an event's data is a JSON object")
    if event.get("type") == REJECTED:
        return _rejected(event, data)
    if event.get("type") == DEAD_LETTER_ADDED:
        return _dead_letter(event, data)
    raise Malformed(f"no mail is made from events of type {event.get('type')!r:.80}")


def _rejected(event: dict[str, Any], data: dict[str, Any]) -> Rejected:
    item = _object(data, "item")
    return Rejected(
        event=_text(event, "id"),
        at=_text(event, "time"),
        key=_key(_text(item, "key")),
        title=_optional(item, "title"),
        project=_optional(item, "project"),
        actor=_text(data, "actor"),
        comment=_optional(data, "comment"),
    )


def _dead_letter(event: dict[str, Any], data: dict[str, Any]) -> ExportFailed | NobodysMail:
    letter = _object(data, "dead_letter")
    if letter.get("kind") != "export":
        return NobodysMail(_text(event, "id"))
    attempts = letter.get("attempts")
    return ExportFailed(
        dead_letter=str(letter.get("id") or _text(event, "id")),
        at=_text(event, "time"),
        key=_key(_text(letter, "item")),
        export=_text(letter, "export"),
        error_class=_optional(letter, "class") or "bug",
        code=_optional(letter, "code"),
        message=_optional(letter, "message") or "The ERP gave no reason.",
        attempts=attempts if isinstance(attempts, int) else 0,
        connector=_optional(letter, "connector"),
    )


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Malformed(f"{name} has to be a JSON object")
    return value


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{name} has to be a string that is not empty")
    return value


def _optional(data: dict[str, Any], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) and value else None


def _key(text: str) -> str:
    if text.count("/") != 2:
        raise Malformed("an item's key has the form <company>/<item_type>/<id>")
    return text
