"""Changed copies of frozen values."""

from __future__ import annotations

import pytest

from engine.changes import Decision
from engine.facts import Item
from engine.values import replace


def test_a_copy_has_the_change_and_the_original_has_not() -> None:
    """Frozen means that whoever holds a value can rely on it."""
    item = Item("acme", "project", "P-1", title="Tower")
    changed = replace(item, state="sent")
    assert (changed.state, changed.title, item.state) == ("sent", "Tower", "new")
    assert changed == Item("acme", "project", "P-1", title="Tower", state="sent")


def test_a_value_with_slots_is_copied_too() -> None:
    """Callers need not know how a value is kept."""
    item = Item("acme", "project", "P-1")
    assert replace(Decision(item), item=replace(item, version=1)).item.version == 1


def test_a_field_that_does_not_exist_is_refused() -> None:
    """A misspelt name must not vanish in the copy."""
    with pytest.raises(TypeError, match="Item has no stat"):
        replace(Item("acme", "project", "P-1"), stat="sent")
