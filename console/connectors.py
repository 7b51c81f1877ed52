"""Which connectors this installation has: its own, and those of other packages."""

from importlib.metadata import entry_points
from typing import Final

GROUP: Final = "countersign.connectors"


def connector_names() -> frozenset[str]:
    """The names under which connectors are installed; none of them is loaded."""
    return frozenset(point.name for point in entry_points(group=GROUP))
