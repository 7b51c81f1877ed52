"""The work that is measured: commitments of one company, and what has to be in the ERP before them."""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from engine.messages import dump, envelope
from engine.ports import Outgoing
from engine.topology import COMMANDS

COMPANY: Final = "bench"
SENDER: Final = "pm@bench.test"
APPROVER: Final = "pat@bench.test"
CODES: Final = ("03-300", "05-120", "09-900")
_TIME: Final = "2026-01-01T00:00:00Z"

CONFIGURATION: Final = """
[company.bench]
name = "Bench Builders"
currency = "USD"
timezone = "UTC"
daily_summary_at = "23:59"

[company.bench.integration]
connector = "sandbox"
url = "{erp}"

[[company.bench.people]]
email = "pm@bench.test"
name = "Pim Sender"
erp = "none"
tools = "admin"

[[company.bench.people]]
email = "pat@bench.test"
name = "Pat Ledger"
erp = "standard"
can_push_to_accounting = true
daily_summary = false
"""


def command(name: str, subject: str, actor: str, **data: Any) -> Outgoing:
    """One command as an upstream tool publishes it."""
    id_ = str(uuid.uuid4())
    type_ = f"countersign.command.{name}.v1"
    body = dump(envelope(type_, subject, data, id_=id_, time=_TIME, source="/bench", actor=actor))
    key = f"{name}.{subject.split('/')[1]}"
    return Outgoing(COMMANDS, key, body.encode(), id_, mandatory=True)


def prerequisites() -> tuple[Sequence[tuple[str, dict[str, Any]]], ...]:
    """(subject, payload) of what commitments refer to; the second group needs the first."""
    first = (
        (f"{COMPANY}/project/P-17", {"name": "Harbour Tower", "number": "17"}),
        (f"{COMPANY}/company/V-1", {"name": "Concrete Works"}),
    )
    codes = [{"code": code, "description": f"Works {code}", "categories": ["S"]} for code in CODES]
    return first, ((f"{COMPANY}/cost_codes/CC-17", {"project": "P-17", "codes": codes}),)


def commitment_key(name: str) -> str:
    """The key of a commitment."""
    return f"{COMPANY}/commitment/{name}"


def send_commitment(name: str) -> Outgoing:
    """Send one commitment of three lines for acceptance."""
    lines = [
        {
            "number": str(number),
            "cost_code": code,
            "category": "S",
            "description": f"Foundations and slabs, section {number}",
            "amount": "1250.00",
            "quantity": "10",
            "unit": "m3",
            "unit_cost": "125.00",
        }
        for number, code in enumerate(CODES, 1)
    ]
    payload = {
        "project": "P-17",
        "kind": "subcontract",
        "status": "approved",
        "number": name,
        "title": f"Concrete {name}",
        "vendor": "V-1",
        "date": "2026-01-15",
        "lines": lines,
    }
    return command("send", commitment_key(name), SENDER, payload=payload)


def accept(key: str) -> Outgoing:
    """Accept what was seen: version 1."""
    return command("accept", key, APPROVER, version=1)
