"""The generated page of one item type: payload, waiting, lifecycle, and what differs from the shared one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.diagrams import COLUMNS, cells, ignored, markdown, mermaid, table
from engine.workflow import ItemType, Workflow

_HEAD = ("field", "", "value", "meaning")


def page(item_type: ItemType, base: Workflow) -> str:
    """The whole page in Markdown."""
    payload = item_type.payload
    parts = [
        f"# {item_type.label}\n",
        f"Item type `{item_type.name}`. {payload.__doc__}\n",
        "## Payload\n",
        *fields(payload.model_json_schema()),
        "## Waits in `sent` until the ERP has\n",
        "".join(f"- {need}\n" for need in payload.waits_for) or "Nothing: it is released at once.\n",
        "## Lifecycle\n",
        f"```mermaid\n{mermaid(item_type.workflow)}```\n",
        table(item_type.workflow),
        "Late or repeated answers that change nothing:\n",
        ignored(item_type.workflow),
        "## Differs from the shared lifecycle in\n",
        differences(item_type.workflow, base),
    ]
    return "\n".join(parts)


def fields(schema: Mapping[str, Any]) -> Iterator[str]:
    """One table for the payload, and one for each kind of part in it."""
    yield markdown(_HEAD, _field_rows(schema))
    for name, part in schema.get("$defs", {}).items():
        yield f"`{name}`: {part.get('description', '')}\n"
        yield markdown(_HEAD, _field_rows(part))


def differences(workflow: Workflow, base: Workflow) -> str:
    """The rows that only this workflow has, and those of the shared one that it does not have."""
    more = cells(row for row in workflow.rows if row not in base.rows)
    less = cells(row for row in base.rows if row not in workflow.rows)
    if not more and not less:
        return "Nothing.\n"
    marked = [*(("only here", *row) for row in more), *(("only shared", *row) for row in less)]
    return markdown(("", *COLUMNS), marked)


def _field_rows(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        need = "required" if name in required else "optional"
        yield f"`{name}`", need, _value(field), field.get("description", "")


def _value(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return f"`{field['$ref'].rsplit('/', 1)[1]}`"
    if choices := field.get("anyOf"):
        return " or ".join(_value(choice) for choice in choices if choice.get("type") != "null")
    if choices := field.get("enum"):
        return " or ".join(f"`{choice}`" for choice in choices)
    if field.get("type") == "array":
        return f"list of {_value(field['items'])}"
    kind = field.get("format") or field.get("type", "anything")
    text = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{text}, at most {field['maxLength']} characters" if "maxLength" in field else text
