"""The item types: one file each, with its payload and its state machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.workflow import ItemType

ITEM_TYPES: Final = (
    "project",
    "sub_job",
    "company",
    "cost_codes",
    "budget",
    "commitment",
    "commitment_change_order",
    "prime_contract_change_order",
    "subcontractor_invoice",
    "owner_invoice",
)


@cache
def item_types() -> Mapping[str, ItemType]:
    """Every item type by its name; imported at the first call, so that `import workflows` stays cheap."""
    return MappingProxyType({name: _load(name) for name in ITEM_TYPES})


def _load(name: str) -> ItemType:
    found: ItemType = getattr(import_module(f"workflows.{name}"), name.upper())
    return found
