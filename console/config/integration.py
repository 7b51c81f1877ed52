"""A company's link to one ERP; its secrets are written as references to where they are, never as values."""

import math
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from console.config import checks, profile
from console.config.table import Table, suggestion
from engine.facts import Integration

REFERENCES: Final = ("env", "file")
_TELLING: Final = re.compile(
    r"(^|[_-])(passwd|pwd|pass|passphrase|token|key|credential|pin)s?$|password|secret|apikey",
    re.IGNORECASE,
)
_ADVICE: Final = 'write { env = "NAME" } or { file = "path" }, so that the secret itself is not in this file'


def read(company: Table, connectors: Collection[str], folder: Path) -> Integration | None:
    """`[company.X.integration]`; paths in it begin at `folder`."""
    if "integration" not in company:
        return None
    table = company.table("integration")
    connector = table.text("connector", "", checks.CONNECTOR, required=True)
    if connector and connector not in connectors:
        others = suggestion(connector, connectors) or f": known are {', '.join(sorted(connectors))}"
        table.warning("connector", f'"{connector}" is none of this installation\'s{others}')
    rules = profile.read(table)
    export = table.text("export", "immediate", checks.one_of(("immediate", "scheduled")))
    every = table.text("sync_every", None, checks.sync_every)
    if export == "scheduled" and "sync_every" not in table:
        table.problem("sync_every", 'is missing: an integration with export = "scheduled" says how often')
    if export == "immediate" and every is not None:
        table.problem("sync_every", 'needs export = "scheduled"')
    settings = {name: _setting(table, name, value, folder) for name, value in table.rest().items()}
    if every is not None:
        settings["sync_every"] = every
    return Integration(connector, settings, rules, export)


def is_reference(value: Any) -> bool:
    """Whether a setting says where its secret is."""
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in REFERENCES


def _setting(table: Table, name: str, value: Any, folder: Path) -> Any:
    if isinstance(value, dict) and not value.keys().isdisjoint(REFERENCES):
        return _reference(table, name, value, folder)
    if isinstance(value, dict):
        within = Table(table.at(name), value, table.remarks)
        return {key: _setting(within, key, each, folder) for key, each in value.items()}
    if isinstance(value, list):
        return [_setting(table, name, each, folder) for each in value]
    if value != "" and not isinstance(value, bool) and _TELLING.search(name):
        table.problem(name, f"is a secret in plain sight: {_ADVICE}")
        return None
    return _plain(table, name, value)


def _plain(table: Table, name: str, value: Any) -> Any:
    if isinstance(value, str):
        if _has_password(value):
            table.problem(name, f"has a password in its address: take it out, and {_ADVICE}")
        return value
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    table.problem(name, "has to be a string, a number, true or false, a table or an array")
    return None


def _reference(table: Table, name: str, value: dict[str, Any], folder: Path) -> dict[str, str]:
    within = Table(table.at(name), value, table.remarks)
    variable = within.text("env", None, checks.pattern(r"[A-Za-z_][A-Za-z0-9_]*", "a variable's name"))
    path = within.text("file", None)
    within.close()
    if len(value) != 1:
        table.problem(name, f"has to name one place: {_ADVICE}")
    return {"env": variable} if variable else {"file": str(folder / path)} if path else {}


def _has_password(value: str) -> bool:
    try:
        return urlsplit(value).password is not None
    except ValueError:
        return False
