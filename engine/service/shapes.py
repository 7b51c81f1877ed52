"""The shape of a command's data beside the payload, which has its own model."""

from collections.abc import Callable
from typing import Any, Final

from engine.messages import Json
from engine.text import is_printable

Problem = tuple[str, str]
Check = Callable[[Any], str | None]
_LONGEST_TEXT: Final = 4000
_LONGEST_NAME: Final = 255
_MOST_ATTACHMENTS: Final = 100


def data_problem(name: str, data: Json) -> Problem | None:
    """What is wrong with the data of a command that a person gives, if anything."""
    if not isinstance(data, dict):
        return "data", "has to be an object"
    allowed = _FIELDS[name]
    for field, value in data.items():
        check = allowed.get(field)
        if check is None:
            return field[:60], f"a {name} command has no such field; it takes {', '.join(allowed) or 'none'}"
        if message := check(value):
            return field, message
    return None


def _text(longest: int) -> Check:
    def check(value: Any) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            return "has to be a string"
        if len(value) > longest:
            return f"has {len(value)} characters, at most {longest} are allowed"
        return None if is_printable(value) else "has characters that cannot be printed"

    return check


def _one_line(value: Any) -> str | None:
    if isinstance(value, str) and any(character in value for character in "\r\n\t"):
        return "has to be one line"
    return _text(_LONGEST_NAME)(value)


def _url(value: Any) -> str | None:
    if message := _text(2000)(value):
        return message
    if value is not None and not value.lower().startswith(("https://", "http://")):
        return "has to begin with https:// or http://"
    return None


def _attachments(value: Any) -> str | None:
    if not isinstance(value, list) or len(value) > _MOST_ATTACHMENTS:
        return f"has to be a list of at most {_MOST_ATTACHMENTS} {{name, url}}"
    for each in value:
        if not isinstance(each, dict) or set(each) != {"name", "url"} or not isinstance(each["name"], str):
            return "each has to be {name, url}"
        if message := _one_line(each["name"]) or _url(each["url"]):
            return message
    return None


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "has to be true or false"


def _version(value: Any) -> str | None:
    return (
        None
        if value is None or (isinstance(value, int) and not isinstance(value, bool))
        else "has to be a whole number"
    )


def _anything(value: Any) -> str | None:
    return None  # checked by its own rules


_SENDING: Final[dict[str, Check]] = {
    "title": _one_line,
    "payload": _anything,
    "created_by": _one_line,
    "url": _url,
    "attachments": _attachments,
    "dry_run": _flag,
}
_VERSION: Final[dict[str, Check]] = {"version": _version}
_COMMENT: Final[dict[str, Check]] = {"comment": _text(_LONGEST_TEXT), "version": _version}
_FIELDS: Final[dict[str, dict[str, Check]]] = {
    "send": _SENDING,
    "draft": _SENDING,
    "accept": {"fields": _anything, "confirm": _anything, "version": _version},
    "reject": _COMMENT,
    "confirm_posting": _COMMENT,
    "link": {"erp_id": _one_line},
    "retrieve": _VERSION,
    "replay": _VERSION,
    "unlink": _VERSION,
    "archive": _VERSION,
    "restore": _VERSION,
}
