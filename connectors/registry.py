"""Which connectors there are: those of Countersign itself, and what other packages offer as entry points."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from connectors.kit import Connector, Misconfigured

GROUP: Final = "countersign.connectors"
BUILT_IN: Final[Mapping[str, str]] = {"sandbox": "connectors.sandbox:CONNECTOR"}
_ASKED: Final = ("name", "capabilities", "settle_seconds", "open")


def names() -> tuple[str, ...]:
    """Every connector that this installation can run."""
    return tuple(sorted({*BUILT_IN, *_offered()}))


def connector(name: str) -> Connector:
    """The connector of this name, imported now. Raises Misconfigured."""
    target = BUILT_IN.get(name)
    offered = None if target else _offered().get(name)
    if target is None and offered is None:
        raise Misconfigured([f'there is no connector "{name}": this installation has {", ".join(names())}'])
    try:
        found = offered.load() if offered else _loaded(str(target))
    except (ImportError, AttributeError) as problem:
        raise Misconfigured([f'the connector "{name}" cannot be loaded: {problem}']) from problem
    return _checked(name, found)


def _offered() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(target: str) -> Any:
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)


def _checked(name: str, found: Any) -> Connector:
    missing = [each for each in _ASKED if not hasattr(found, each)]
    if missing:
        raise Misconfigured([f'the connector "{name}" lacks {", ".join(missing)}: see docs/connectors.md'])
    if found.name != name:
        raise Misconfigured([f'the connector "{name}" calls itself "{found.name}": make both the same'])
    checked: Connector = found
    return checked
