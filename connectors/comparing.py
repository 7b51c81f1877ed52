"""Whether a record in the ERP is the one that was sent: header, lines and amounts; pure functions."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

AMOUNTS: Final = frozenset(
    (
        "amount",
        "quantity",
        "unit_cost",
        "work_completed",
        "materials",
        "retainage_held",
        "retainage_released",
        "retainage_percent",
    )
)
IDENTITIES: Final = {"lines": "number", "modifications": "number", "codes": "code"}


def differences(sent: Mapping[str, Any], stored: Mapping[str, Any], *, exact: bool = True) -> tuple[str, ...]:
    """Paths at which a stored record is not as it was sent; amounts compare as numbers, lines by number.

    With `exact` false the stored record may have more than was sent, as after an update.
    """
    return tuple(_of_objects(sent, stored, "", exact))


def _of_objects(sent: Mapping[str, Any], stored: Mapping[str, Any], path: str, exact: bool) -> Iterator[str]:
    names = [*sent, *(name for name in stored if name not in sent)] if exact else list(sent)
    for name in names:
        yield from _of_values(name, sent.get(name), stored.get(name), f"{path}{name}", exact)


def _of_values(name: str, sent: Any, stored: Any, path: str, exact: bool) -> Iterator[str]:
    if name in IDENTITIES and isinstance(sent or [], list) and isinstance(stored or [], list):
        identity = IDENTITIES[name]
        yield from _of_objects(_by(sent, identity), _by(stored, identity), f"{path}.", exact)
    elif isinstance(sent, Mapping) and isinstance(stored, Mapping):
        yield from _of_objects(sent, stored, f"{path}.", exact)
    elif not exact and isinstance(sent, list) and isinstance(stored, list):
        if any(each not in stored for each in sent):
            yield path
    elif sent != stored and not (name in AMOUNTS and _number(sent) == _number(stored)):
        yield path


def _by(parts: Any, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts or ():
        key = str(part.get(identity)) if isinstance(part, Mapping) else str(part)
        while key in found:  # cost codes may come once for each category
            key += "+"
        found[key] = part
    return found


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
