"""Merging an update into a record's data, and the ids of its lines; pure functions."""

from typing import Any

from connectors.practice_erp.rules import IDENTITY_OF_LIST, identity

_GROWING = IDENTITY_OF_LIST.keys() | {"references"}


def merged(data: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Return `data` with `change` in it.

    Objects merge field by field; lines and modifications by number, codes by code; anything else is replaced.
    """
    # Null stands for "not given" in what only ever grows.
    given = {name: value for name, value in change.items() if value is not None or name not in _GROWING}
    result = _overlaid(data, given)
    for name, field in IDENTITY_OF_LIST.items():
        if name in given:
            result[name] = _merged_list(name, data.get(name) or [], given[name], field)
    return result


def line_ids(record_id: str, data: dict[str, Any]) -> dict[str, str]:
    """Give every line an id: the record's id and the line's number, so that it never changes."""
    numbers = [identity(line, "number") for line in data.get("lines") or []]
    return {number: f"{record_id}/{number}" for number in numbers}


def _overlaid(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    result = dict(old)
    for name, value in new.items():
        before = result.get(name)
        both_objects = isinstance(before, dict) and isinstance(value, dict)
        result[name] = _overlaid(before or {}, value) if both_objects else value
    return result


def _merged_list(
    name: str, old: list[dict[str, Any]], new: list[dict[str, Any]], field: str
) -> list[dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    combine = _merged_code if name == "codes" else _overlaid
    for entry in [*old, *new]:
        known = identity(entry, field)
        entries[known] = combine(entries[known], entry) if known in entries else entry
    return list(entries.values())


def _merged_code(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Keep the categories of both, and a description that the ERP has."""
    result = _overlaid(old, new)
    if old.get("description"):
        result["description"] = old["description"]
    if isinstance(old.get("categories"), list) and isinstance(new.get("categories"), list):
        added = [category for category in new["categories"] if category not in old["categories"]]
        result["categories"] = [*old["categories"], *added]
    return result
