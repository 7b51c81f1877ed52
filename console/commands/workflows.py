"""`workflows`: the state machines."""

from dataclasses import dataclass
from typing import Any

from console import errors
from console.errors import Wanting
from console.output import as_json, remark, say, table
from engine import diagrams
from engine.errors import InvalidWorkflow
from engine.workflow import ItemType
from workflows import ITEM_TYPES, item_types


def list_workflows(*, json: bool) -> int:
    """The item types with their states and events."""
    found = [
        {
            "type": each.name,
            "label": each.label,
            "states": list(each.workflow.states),
            "events": list(each.workflow.events),
        }
        for each in item_types().values()
    ]
    if json:
        as_json(found)
    else:
        rows = ((each["type"], each["label"], each["states"]) for each in found)
        table(("type", "label", "states"), rows, empty="There are no item types.")
    return errors.DONE


@dataclass(frozen=True, slots=True)
class Checked:
    """One table and what is wrong with it."""

    name: str
    problems: tuple[str, ...]


def check_workflows(*, json: bool) -> int:
    """Check every table; one that cannot be built says why."""
    checked = [_check(name) for name in ITEM_TYPES]
    wrong = [each for each in checked if each.problems]
    if json:
        as_json([{"type": each.name, "problems": list(each.problems)} for each in checked])
    else:
        for each in wrong:
            for problem in each.problems:
                remark(f"{each.name}: {problem}")
        if not wrong:
            say(f"{len(checked)} workflows keep every rule.")
    return errors.WANTING if wrong else errors.DONE


def _check(name: str) -> Checked:
    from importlib import import_module

    try:
        import_module(f"workflows.{name}")
    except InvalidWorkflow as error:
        return Checked(name, error.problems)
    return Checked(name, ())


def _of(name: str) -> ItemType:
    found = item_types().get(name)
    if found is None:
        raise Wanting(f"there is no item type {name}: it is one of {', '.join(ITEM_TYPES)}")
    return found


def show_workflow(name: str, *, json: bool) -> int:
    """One table, row by row."""
    cells = diagrams.cells(_of(name).workflow.rows)
    if json:
        rows: list[dict[str, Any]] = [dict(zip(diagrams.COLUMNS, row, strict=True)) for row in cells]
        as_json(rows)
    else:
        table(diagrams.COLUMNS, cells, empty="The table has no rows.")
    return errors.DONE


def print_diagram(name: str) -> int:
    """One state machine in Mermaid's language."""
    print(diagrams.mermaid(_of(name).workflow), end="")
    return errors.DONE
