"""Changed copies of frozen values."""

from dataclasses import replace as _constructed
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import replace  # the same, as type checkers know it
else:

    def replace(value: Any, **changes: Any) -> Any:
        """As `dataclasses.replace`, but a value without slots is copied as a whole and not field by field.

        An item is copied a dozen times on its way, and has some twenty-five fields.
        """
        if not hasattr(value, "__dict__"):
            return _constructed(value, **changes)
        if unknown := changes.keys() - value.__dict__.keys():
            raise TypeError(f"{type(value).__name__} has no {', '.join(sorted(unknown))}")
        copy = object.__new__(type(value))
        copy.__dict__.update(value.__dict__)
        copy.__dict__.update(changes)
        return copy


__all__ = ["replace"]
