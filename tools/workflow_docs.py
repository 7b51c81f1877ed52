"""The generated pages about workflows: one for each item type, the shared lifecycle, and the rules."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from engine import workflow_rules
from engine.diagrams import mermaid, table
from engine.pages import page
from workflows import ITEM_TYPES, item_types
from workflows.base import BASE

FOLDER: Final = "docs/workflows"

_WELCOME: Final = """# Workflows

Each item type has a payload and a workflow: a table of transitions, *event, from, to, by, when, then*.
All of them are the shared lifecycle below with a few differences, which each page names. Tables are checked
against the [rules](rules.md) when the program starts.
"""


def index() -> str:
    """The list of item types and the lifecycle that they share."""
    types = "".join(f"- [{each.label}]({each.name}.md)\n" for each in item_types().values())
    shared = f"```mermaid\n{mermaid(BASE)}```\n\n{table(BASE)}"
    return f"{_WELCOME}\n## Item types\n\n{types}\n## The shared lifecycle\n\n{shared}"


def rules() -> str:
    """The rules that every table has to satisfy."""
    return workflow_rules.page()


def one(name: str) -> str:
    """The page of one item type."""
    return page(item_types()[name], BASE)


GENERATORS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        f"{FOLDER}/README.md": index,
        f"{FOLDER}/rules.md": rules,
        **{f"{FOLDER}/{name}.md": partial(one, name) for name in ITEM_TYPES},
    }
)
