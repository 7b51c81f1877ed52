"""What the ERP has of a growing item may not change or vanish."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Protocol

_AMOUNTS: Final = frozenset(("amount", "quantity", "unit_cost"))  # "1.0" is "1.00" here, and nowhere else


class Numbered(Protocol):
    """A part of an item that its number identifies."""

    @property
    def number(self) -> str: ...

    def model_dump(self) -> dict[str, Any]: ...


def lost_or_changed(
    field: str, before: Sequence[Numbered], after: Sequence[Numbered]
) -> tuple[tuple[str, str], ...]:
    """(path, message) for each part of `before` that is missing in `after` or is another one there."""
    problems = []
    places = {part.number: place for place, part in enumerate(after)}
    for part in before:
        place = places.get(part.number)
        if place is None:
            problems.append((f"payload.{field}", f"{part.number} is in the ERP and cannot be left out"))
        elif _comparable(after[place].model_dump()) != _comparable(part.model_dump()):
            message = f"{part.number} is in the ERP and cannot change; add a modification instead"
            problems.append((f"payload.{field}.{place}", message))
    return tuple(problems)


def _comparable(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _comparable(each, key) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_comparable(each) for each in value]
    return Decimal(value) if name in _AMOUNTS and isinstance(value, str) else value
