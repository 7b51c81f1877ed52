"""What the practice ERP takes: kinds, limits, numbered lines and the form of references; pure checks."""

import re
from collections.abc import Iterator
from typing import Any

from connectors.practice_erp.answers import RefusedError

ID_PREFIXES = {
    "project": "PRJ",
    "sub_job": "SUB",
    "company": "VEN",
    "cost_codes": "CST",
    "budget": "BUD",
    "commitment": "COM",
    "commitment_change_order": "CCO",
    "prime_contract_change_order": "PCO",
    "subcontractor_invoice": "SIN",
    "owner_invoice": "OIN",
}
MAX_CODE_LENGTH = 60
MAX_TEXT_LENGTH = 255
CODE_FIELDS = frozenset({"code", "cost_code"})
TEXT_FIELDS = frozenset({"name", "title", "description"})
AMOUNT_FIELDS = frozenset({"amount", "quantity", "unit_cost", "work_completed", "materials"}) | frozenset(
    {"retainage_held", "retainage_released", "retainage_percent"}
)
IDENTITY_OF_LIST = {"lines": "number", "modifications": "number", "codes": "code"}
_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,4})?")


def check_kind(kind: str) -> str:
    if kind not in ID_PREFIXES:
        kinds = ", ".join(ID_PREFIXES)
        raise RefusedError(422, "unknown_kind", f"Unknown kind {kind[:60]!r}: use one of {kinds}.")
    return kind


def check_data(data: dict[str, Any]) -> None:
    """Refuse with 422 the first limit, list or line in `data` that the ERP does not take."""
    for name, value in data.items():
        if name != "references":
            _check_field(name, value, f"data.{name}")
    for name, identity in IDENTITY_OF_LIST.items():
        if data.get(name) is not None:
            _check_list(name, data[name], identity)


def references_in(data: dict[str, Any]) -> Iterator[str]:
    """Yield the ERP ids that `data.references` names: `{item key: ERP id of a record or of a line}`."""
    references = data.get("references")
    if references is None:
        return
    if not isinstance(references, dict):
        raise RefusedError(422, "unknown_reference", "data.references has to map item keys to ERP ids.")
    for name, target in references.items():
        if not isinstance(target, str):
            raise RefusedError(422, "unknown_reference", f"The reference {name[:80]!r} has to be an ERP id.")
        yield target


def identity(entry: dict[str, Any], field: str) -> str:
    return str(entry[field])


def limit_refusal(message: str) -> RefusedError:
    return RefusedError(422, "limit", message)


def _check_field(name: str, value: Any, path: str) -> None:
    if name in AMOUNT_FIELDS:
        _check_amount(value, path)
    elif isinstance(value, dict):
        for part_name, part in value.items():
            _check_field(part_name, part, f"{path}.{part_name}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            _check_field("", part, f"{path}[{place}]")
    elif name in TEXT_FIELDS:
        _check_length(value, MAX_TEXT_LENGTH, path)
    elif name in CODE_FIELDS:
        _check_length(value, MAX_CODE_LENGTH, path)


def _check_amount(value: Any, path: str) -> None:
    if value is not None and not (isinstance(value, str) and _AMOUNT.fullmatch(value)):
        raise limit_refusal(
            f"{path[:200]} has to be a decimal in a text, with up to 13 digits before and 4 after the point."
        )


def _check_length(value: Any, longest: int, path: str) -> None:
    if isinstance(value, str) and len(value) > longest:
        raise limit_refusal(f"{path[:200]} is {len(value)} characters long: shorten it to {longest}.")


def _check_list(name: str, entries: Any, field: str) -> None:
    if not isinstance(entries, list):
        raise RefusedError(422, "invalid_line", f"data.{name} has to be an array.")
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        if not isinstance(entry, dict) or not _is_identity(entry.get(field)):
            raise RefusedError(
                422, "invalid_line", f"data.{name}[{place}] has to be an object with a {field}."
            )
        known = identity(entry, field)
        # Cost codes may come once for each category, so only numbers have to be unique.
        if known in seen and field == "number":
            message = f"data.{name} has the number {known[:60]!r} twice: number them apart."
            raise RefusedError(422, "duplicate_line", message)
        seen.add(known)


def _is_identity(value: Any) -> bool:
    return isinstance(value, (str, int)) and not isinstance(value, bool) and value != ""
