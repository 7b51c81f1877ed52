"""What an integration's profile asks of the approver: fields, ERP codes, warnings to confirm."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from engine.facts import Facts
from engine.text import is_printable

# Fields that are the record's code in the ERP, unless the profile says `unique = false`.
_RECORD_IDS: Final = ("job_id", "sub_job_id", "vendor_id", "commitment_id", "change_order_id", "invoice_id")
_GENERAL: Final = ("erp_id", "erp_code", "erp_number", "code", "number")
CODE_FIELDS: Final = frozenset((*_RECORD_IDS, *_GENERAL))
_CLASSES: Final = {"#": "[0-9]", "A": "[A-Za-z]", "*": "[A-Za-z0-9]"}
_LONGEST: Final = 255
_MOST_UNKNOWN: Final = 100  # named in one refusal, which has to stay small

Problems = list[tuple[str, str]]


def rules(facts: Facts) -> Mapping[str, Any]:
    """The profile of this item's type."""
    integration = facts.company.integration
    found: Mapping[str, Any] = integration.profile.get(facts.kind.name, {}) if integration else {}
    return found


def given(facts: Facts) -> tuple[dict[str, Any], frozenset[str]]:
    """The fields as they would be kept, and the confirmed warnings.

    What is not given is what the approver gave before, else the profile's prefill.
    """
    data = facts.command.data
    fields = data.get("fields")
    if not isinstance(fields, dict):
        fields = dict(facts.item.fields) if facts.item.state == "failed" else {}
    filled = {**_prefilled(facts), **fields}
    confirm = data.get("confirm")
    confirmed = (
        frozenset(each for each in confirm if isinstance(each, str))
        if isinstance(confirm, list)
        else frozenset()
    )
    return filled, confirmed


def _prefilled(facts: Facts) -> dict[str, Any]:
    found = {}
    for name, rule in rules(facts).get("fields", {}).items():
        if path := rule.get("prefill"):
            value = facts.item.id if path == "id" else facts.item.payload.get(path)
            if value is not None:
                found[name] = value
    return found


def problems(facts: Facts, fields: Mapping[str, Any], confirmed: frozenset[str]) -> Problems:
    """(path, message) for everything that the profile refuses."""
    found: Problems = []
    data = facts.command.data
    if not isinstance(data.get("fields", {}), dict):
        found.append(("fields", "has to be an object"))
    asked = rules(facts).get("fields", {})
    unknown = [name for name in fields if name not in asked]
    found += [
        (f"fields.{name:.60}", "this integration asks for no such field") for name in unknown[:_MOST_UNKNOWN]
    ]
    for name, rule in asked.items():
        if message := problem(fields.get(name), rule):
            found.append((f"fields.{name}", message))
    for code, text in rules(facts).get("warnings", {}).items():
        if code not in confirmed:
            found.append(("confirm", f"confirm {code}: {text}"))
    return found


def problem(value: Any, rule: Mapping[str, Any]) -> str | None:
    """Why one field's value does not fit its rule, in words that the approver understands."""
    label = rule.get("label") or "the value"
    if value is None or value == "":
        return f"{label} is required" if rule.get("required") else None
    if not isinstance(value, str):
        return f"{label} has to be a string"
    return _text_problem(value, rule, label) or _type_problem(value, rule.get("type", "string"), label)


def _text_problem(value: str, rule: Mapping[str, Any], label: str) -> str | None:
    longest, mask, choices = rule.get("max_length", _LONGEST), rule.get("format"), rule.get("choices")
    if not is_printable(value):
        return f"{label} has characters that cannot be printed"
    if len(value) > longest:
        return f"{label} has {len(value)} characters, at most {longest} are allowed"
    if mask and not mask_pattern(mask).fullmatch(value):
        return f'{label} has to look like {mask} (# a digit, A a letter, * either), not "{value}"'
    if choices and value not in choices:
        return f"{label} has to be one of {', '.join(map(str, choices))}"
    return None


def _type_problem(value: str, kind: str, label: str) -> str | None:
    try:
        if kind == "date":
            date.fromisoformat(value)
        elif kind in ("integer", "decimal"):
            number = Decimal(value)
            if not number.is_finite() or (kind == "integer" and number != number.to_integral_value()):
                raise InvalidOperation
    except (ValueError, InvalidOperation):
        expected = {"date": "a date such as 2026-11-21", "integer": "a whole number", "decimal": "a number"}[
            kind
        ]
        return f'{label} has to be {expected}, not "{value}"'
    return None


@lru_cache(maxsize=256)
def mask_pattern(mask: str) -> re.Pattern[str]:
    """A mask as a pattern: `#` a digit, `A` a letter, `*` either, anything else itself."""
    return re.compile("".join(_CLASSES.get(character, re.escape(character)) for character in mask))


def claims(facts: Facts, fields: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """(scope, value, path) of the ERP codes among the fields; no two items of a type may have the same."""
    profile = rules(facts)
    if profile.get("allow_duplicate_codes"):
        return ()
    return tuple(
        (f"code/{facts.kind.name}/{name}", value, f"fields.{name}")
        for name, value in fields.items()
        if isinstance(value, str)
        and value
        and profile.get("fields", {}).get(name, {}).get("unique", name in CODE_FIELDS)
    )
