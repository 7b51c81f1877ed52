"""Commands as a program of somebody else's writes them: JSON, and nothing of this project."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

SENDER = "pm@acme.test"
APPROVER = "pat@acme.test"
ADMIN = "ada@acme.test"
SOURCE = "/procore"

Order = dict[str, Any]


def order(name: str, subject: str | None, data: Any = None, **attributes: Any) -> Order:
    """A CloudEvent with a command."""
    found = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": SOURCE,
        "time": "2026-11-21T09:30:00Z",
        "type": f"countersign.command.{name}.v1",
        "subject": subject,
        "actor": APPROVER if name in ("accept", "reject", "unlink") else SENDER,
        "data": {} if data is None else data,
    }
    return {key: value for key, value in (found | attributes).items() if value is not None}


def send_project(key: str, **attributes: Any) -> Order:
    """A project waits for nothing."""
    return order("send", key, {"payload": {"name": f"Project {key.rpartition('/')[2]}"}}, **attributes)


def send_vendor(key: str) -> Order:
    """A vendor, too."""
    return order("send", key, {"payload": {"name": f"Vendor {key.rpartition('/')[2]}"}})


def send_codes(key: str, project: str) -> Order:
    """A project's cost codes."""
    codes = [{"code": "03-300", "description": "Concrete", "categories": ["Material", "Labor"]}]
    return order("send", key, {"payload": {"project": project, "codes": codes}})


def commitment(project: str, vendor: str, number: str, **changes: Any) -> dict[str, Any]:
    """The payload of a subcontract with one line."""
    line = {
        "number": "1",
        "cost_code": "03-300",
        "category": "Material",
        "description": "Concrete",
        "amount": "1234.50",
    }
    return {
        "project": project,
        "kind": "subcontract",
        "status": "approved",
        "number": number,
        "title": f"Subcontract {number}",
        "vendor": vendor,
        "lines": [line],
    } | changes


def lines_of(orders: Iterable[Order]) -> str:
    """The commands as a file has them, one on each line."""
    return "".join(json.dumps(each) + "\n" for each in orders)
