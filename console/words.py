"""What mails need to know of item types: labels and totals."""

from collections.abc import Mapping
from typing import Any

from engine.settings import Settings
from notifications.views import Words
from workflows import item_types


def words(settings: Settings) -> Words:
    """The words of this installation's mails."""
    labels = {name: each.label for name, each in item_types().items()}
    return Words(settings.console_url, labels, total)


def total(item_type: str, payload: Mapping[str, Any]) -> str | None:
    """An item's amount as a decimal string, where it has one."""
    kind = item_types().get(item_type)
    if kind is None:
        return None
    try:
        amount = kind.payload.model_validate(payload).total()
    except ValueError:
        return None  # a draft may be incomplete
    return None if amount is None else str(amount)
