"""The shapes of what is written: a new record and an update of one."""

from dataclasses import dataclass
from typing import Any

from connectors.practice_erp.answers import RefusedError
from connectors.practice_erp.rules import MAX_CODE_LENGTH, MAX_TEXT_LENGTH, check_kind, limit_refusal


@dataclass(frozen=True, slots=True)
class NewRecord:
    kind: str
    key: str | None
    code: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Update:
    key: str | None
    data: dict[str, Any]


def new_record(value: Any) -> NewRecord:
    """Read `{kind, key?, code, data?}`; a key that is null or absent means a record without one."""
    fields = _object(value, {"kind", "key", "code", "data"})
    return NewRecord(
        kind=check_kind(_text(fields, "kind", MAX_TEXT_LENGTH)),
        key=_key(fields),
        code=_text(fields, "code", MAX_CODE_LENGTH),
        data=_data(fields.get("data", {})),
    )


def update(value: Any) -> Update:
    """Read `{key?, data}`; an update without a key is merged every time it comes."""
    fields = _object(value, {"key", "data"})
    return Update(key=_key(fields), data=_data(fields.get("data")))


def _object(value: Any, known: set[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed(f"A JSON object with {', '.join(sorted(known))} is needed here.")
    unknown = sorted(value.keys() - known)
    if unknown:
        raise _malformed(f"Unknown field {unknown[0][:60]!r}: only {', '.join(sorted(known))} are read.")
    return value


def _key(fields: dict[str, Any]) -> str | None:
    return None if fields.get("key") is None else _text(fields, "key", MAX_TEXT_LENGTH)


def _text(fields: dict[str, Any], name: str, longest: int) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise _malformed(f"{name} has to be a text that is not empty.")
    if len(value) > longest:
        raise limit_refusal(f"{name} is {len(value)} characters long: shorten it to {longest}.")
    return value


def _data(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed("data has to be a JSON object.")
    return value


def _malformed(message: str) -> RefusedError:
    return RefusedError(400, "malformed", message)
