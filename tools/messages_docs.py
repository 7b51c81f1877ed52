"""The generated tables within the page about messages: item types, commands, events."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from engine.service.decide import COMMANDS, REPORTS, ROLES
from engine.workflow import ItemType, State
from tools import asyncapi_commands, asyncapi_events
from tools.marked import filled, table
from workflows import item_types

PAGE: Final = "docs/messages.md"
_REPORTED: Final = {  # a connector's commands, and the tables' events that they become
    "report_export": ("succeeded", "awaits_posting", "failed"),
    "report_unlink": ("gone", "still_there"),
}


def types() -> str:
    """Every item type: what may be sent, what it waits for."""
    return table(
        ("item type", "payload", "`status` that can be sent", "waits until the ERP has"),
        (_type_row(name, kind) for name, kind in item_types().items()),
    )


def _type_row(name: str, kind: ItemType) -> Iterator[str]:
    schema = kind.payload.model_json_schema()
    required = schema.get("required", ())
    fields = (f"`{field}`" + ("" if field in required else "?") for field in schema["properties"])
    yield f"[`{name}`](workflows/{name}.md)"
    yield ", ".join(fields)
    yield ", ".join(f"`{status}`" for status in sorted(kind.payload.sendable or ()))
    yield "; ".join(kind.payload.waits_for) or "nothing"


def commands() -> str:
    """Every command: its data, its transitions, who may give it."""
    return table(
        ("command", "data", "from → to", "who may"),
        ((f"`{name}`", _data(name), _transitions(name), ROLES[name].value) for name in COMMANDS),
    )


def _data(name: str) -> str:
    data: dict[str, Any] = asyncapi_commands.messages()[f"command.{name}"]["payload"]["properties"]["data"]
    required = data.get("required", ())
    fields = [f"`{field}`" + ("" if field in required else "?") for field in data["properties"]]
    return ", ".join(fields)


def _transitions(name: str) -> str:
    events = _REPORTED.get(name, (name,)) if name in REPORTS else (name,)
    found: dict[tuple[str, str], list[str]] = {}
    for kind in item_types().values():
        for row in kind.workflow.rows:
            if row.event in events:
                found.setdefault((_word(row.source), str(row.target)), []).append(kind.name)
    steps: dict[tuple[str, str], list[str]] = {}
    for (source, target), kinds in found.items():
        steps.setdefault((target, _only(kinds)), []).append(source)
    return "; ".join(f"{', '.join(sources)} → {target}{only}" for (target, only), sources in steps.items())


def _word(state: State) -> str:
    return "(none)" if state is State.NEW else str(state)


def _only(kinds: Iterable[str]) -> str:
    names = list(kinds)  # all but one is all: that one has a state of its own in the place
    return "" if len(names) >= len(item_types()) - 1 else f" ({', '.join(names)})"


def events() -> str:
    """Every item event: which step it tells, for which item types, and what it always carries."""
    return table(("event", "from → to", "item types", "always has"), _event_rows())


def _event_rows() -> Iterator[tuple[str, str, str, str]]:
    for event, taken in asyncapi_events.steps().items():
        targets: dict[str, list[str]] = {}
        for before, after in taken:
            targets.setdefault(after, []).append(before)
        steps = "; ".join(f"{', '.join(sources)} → {target}" for target, sources in targets.items())
        kinds = [name for name in item_types() if any(name in names for names in taken.values())]
        shown = "all" if len(kinds) == len(item_types()) else ", ".join(kinds)
        always = ", ".join(f"`{name}`" for name in asyncapi_events.ALWAYS.get(event, ()))
        yield f"`{event}`", steps, shown, always


_PARTS: Final = {"item types": types, "commands": commands, "item events": events}

GENERATORS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({PAGE: partial(filled, PAGE, _PARTS)})
