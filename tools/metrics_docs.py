"""The generated table of metrics within the page about operating."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from console.metrics import METRICS, PREFIX
from tools.marked import filled, table

PAGE: Final = "docs/operate.md"


def metrics() -> str:
    """Every metric with its labels."""
    rows = (
        (f"`{PREFIX}{each.name}`", ", ".join(f"`{label}`" for label in each.labels), each.help)
        for each in METRICS
    )
    return table(("metric", "labels", "is"), rows)


def page() -> str:
    """The page with its table as the code has it."""
    return filled(PAGE, {"metrics": metrics})


GENERATORS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({PAGE: page})
