"""An integration's profile: what the ERP asks of the approver, for each item type."""

from typing import Any, Final

from console.config import checks
from console.config.table import Check, Table, suggestion
from engine.profile import problem
from workflows import ITEM_TYPES, item_types

TYPES: Final = ("string", "date", "integer", "decimal")
_LONGEST_FIELD: Final = 255
_FIELD_NAME: Final = checks.pattern(r"[a-z][a-z0-9_]{0,39}", "a field's name: 1 to 40 of a-z, 0-9 and _")
_WARNING_CODE: Final = checks.pattern(r"[a-z0-9_.-]{1,60}", "a code: 1 to 60 of a-z, 0-9, _, . and -")


def read(integration: Table) -> dict[str, Any]:
    """`[company.X.integration.profile.*]` by item type."""
    profile = integration.table("profile")
    found = {}
    for name in profile.names():
        rules = profile.table(name)
        if name in ITEM_TYPES:
            found[name] = _rules(name, rules)
        else:
            profile.problem(name, f"is no item type{suggestion(name, ITEM_TYPES)}")
    return found


def _rules(item_type: str, table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if fields := _fields(item_type, table.table("fields")):
        found["fields"] = fields
    if warnings := _warnings(table.table("warnings")):
        found["warnings"] = warnings
    for name in ("allow_duplicate_codes", "requires_budget"):
        if (flag := table.optional_flag(name)) is not None:
            found[name] = flag
    table.close()
    return found


def _warnings(table: Table) -> dict[str, str]:
    _check_names(table, _WARNING_CODE)
    return {code: table.text(code, "") for code in table.names()}


def _fields(item_type: str, table: Table) -> dict[str, dict[str, Any]]:
    _check_names(table, _FIELD_NAME)
    return {name: _field(item_type, table.table(name)) for name in table.names()}


def _check_names(table: Table, check: Check) -> None:
    for name in table.names():
        if wrong := check(name):
            table.problem(name, wrong)


def _field(item_type: str, table: Table) -> dict[str, Any]:
    found = {
        "label": table.text("label", None, checks.at_most(80)),
        "type": table.text("type", None, checks.one_of(TYPES)),
        "format": table.text("format", None, checks.at_most(_LONGEST_FIELD)),
        "max_length": table.number("max_length", 1, _LONGEST_FIELD),
        "choices": _choices(table),
        "prefill": table.text("prefill", None, checks.one_of(_sources_of(item_type))),
        "required": table.optional_flag("required"),
        "unique": table.optional_flag("unique"),
    }
    table.close()
    rule = {name: value for name, value in found.items() if value is not None}
    _check_agreement(table, rule)
    return rule


def _choices(table: Table) -> list[str] | None:
    written = table.take("choices")
    if table.texts("choices", checks.at_most(_LONGEST_FIELD)) is None:
        return None
    if not written:
        table.problem("choices", "has to name at least one")
    return list(dict.fromkeys(written))


def _check_agreement(table: Table, rule: dict[str, Any]) -> None:
    mask, longest = rule.get("format", ""), rule.get("max_length", _LONGEST_FIELD)
    if len(mask) > longest:
        table.problem(
            "format", f"is longer than max_length: nothing can have {longest} characters and fit {mask}"
        )
    limits = {name: value for name, value in rule.items() if name in ("format", "max_length", "type")}
    for choice in rule.get("choices", ()):
        if problem(choice, limits):
            table.problem("choices", f'has "{choice}", which the field\'s other rules refuse')


def _sources_of(item_type: str) -> tuple[str, ...]:
    return ("id", *item_types()[item_type].payload.model_fields)
