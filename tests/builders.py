"""Acme Builders and what they send for a parking structure on Harbor Street: a payload of each item type."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from engine.messages import Message
from engine.testing import command

ACME: Final = "acme"
PROCORE: Final = "/procore"

# People, by what they are for.
PAM: Final = "pam@acme.test"  # project manager: every tool, no ERP
PAT: Final = "pat@acme.test"  # accounting: approver
BOSS: Final = "boss@acme.test"  # controller: ERP admin and approver
READER: Final = "reader@acme.test"  # ERP read only, may push: decides nothing
CLERK: Final = "clerk@acme.test"  # ERP standard without the privilege to push
IT: Final = "it@acme.test"  # ERP admin without the privilege to push
P17_PM: Final = "p17-pm@acme.test"  # every tool, on P-17 only
P17_PAT: Final = "p17-pat@acme.test"  # approver on P-17 only
VIEWER: Final = "viewer@acme.test"  # reads every tool
GONE: Final = "gone@acme.test"  # has left the company
RIVAL: Final = "pat@rival.test"  # may everything, in another company
SANDBOX: Final = "connector:sandbox"

LINE: Final = {
    "number": "1",
    "cost_code": "03-300",
    "category": "S",
    "description": "Footings and grade beams",
    "amount": "1250.00",
    "quantity": "10",
    "unit": "m3",
    "unit_cost": "125.00",
}
BILLED: Final = {
    "number": "1",
    "commitment_line": "1",
    "work_completed": "1000.00",
    "retainage_held": "100.00",
}

PAYLOADS: Final[Mapping[str, dict[str, Any]]] = {
    "project": {"name": "Harbor Street Parking Structure", "number": "26-017", "start_date": "2026-09-01"},
    "sub_job": {"project": "P-17", "code": "01", "name": "North ramp"},
    "company": {"name": "Bayline Concrete", "email": "office@bayline.test", "tax_id": "94-1234567"},
    "cost_codes": {
        "project": "P-17",
        "codes": [{"code": "03-300", "description": "Cast-in-place concrete", "categories": ["S", "M"]}],
    },
    "budget": {"project": "P-17", "locked": True, "lines": [LINE]},
    "commitment": {
        "project": "P-17",
        "kind": "subcontract",
        "status": "approved",
        "number": "SC-1001",
        "title": "Concrete foundations",
        "vendor": "V-9",
        "retainage_percent": "10",
        "lines": [LINE],
    },
    "commitment_change_order": {
        "commitment": "SC-1001",
        "status": "approved",
        "number": "1",
        "title": "Deeper piles at grid C",
        "date": "2026-11-02",
        "lines": [{**LINE, "commitment_line": "1"}],
    },
    "prime_contract_change_order": {
        "project": "P-17",
        "prime_contract": "PC-1",
        "status": "approved",
        "number": "1",
        "title": "Charging stations on level 2",
        "date": "2026-11-03",
        "lines": [LINE],
    },
    "subcontractor_invoice": {
        "commitment": "SC-1001",
        "status": "approved",
        "number": "BL-778",
        "billing_date": "2026-11-30",
        "lines": [BILLED],
    },
    "owner_invoice": {
        "project": "P-17",
        "prime_contract": "PC-1",
        "status": "approved",
        "number": "4",
        "billing_date": "2026-11-30",
        "lines": [{"number": "1", "description": "Foundations", "work_completed": "5000.00"}],
    },
}
IDS: Final[Mapping[str, str]] = {
    "project": "P-17",
    "sub_job": "SJ-01",
    "company": "V-9",
    "cost_codes": "CC-17",
    "budget": "B-17",
    "commitment": "SC-1001",
    "commitment_change_order": "CCO-1",
    "prime_contract_change_order": "PCCO-1",
    "subcontractor_invoice": "SI-778",
    "owner_invoice": "OI-4",
}
ITEM_TYPES: Final = tuple(IDS)


def key_of(item_type: str, id_: str | None = None, company: str = ACME) -> str:
    """`acme/commitment/SC-1001`: the key of the one item of a type, or of another."""
    return f"{company}/{item_type}/{id_ or IDS[item_type]}"


def payload_of(item_type: str, **changes: Any) -> dict[str, Any]:
    """The type's payload with top-level fields changed; `...` takes one away."""
    data = copy.deepcopy(PAYLOADS[item_type]) | changes
    return {name: value for name, value in data.items() if value is not ...}


def send(key: str, actor: str = PAM, **data: Any) -> Message:
    """Send an item with its type's payload, unless `data` has another one (None: without)."""
    return _bring("send", key, actor, data)


def draft(key: str, actor: str = PAM, **data: Any) -> Message:
    """Keep an item as a draft, with its type's payload unless `data` has another one."""
    return _bring("draft", key, actor, data)


def _bring(name: str, key: str, actor: str, data: dict[str, Any]) -> Message:
    values = {"payload": payload_of(key.split("/")[1]), **data}
    if values["payload"] is None:
        del values["payload"]
    envelope = {each: values.pop(each) for each in tuple(values) if each in _ENVELOPE}
    return command(name, key, actor, values, **{"source": PROCORE, **envelope})


_ENVELOPE: Final = ("id_", "source", "reply_to", "correlation_id", "user_id")


def accept(key: str, actor: str | None = PAT, **data: Any) -> Message:
    """An approver's word."""
    return command("accept", key, actor, **data)


def reject(key: str, actor: str = PAT, **data: Any) -> Message:
    """An approver's refusal."""
    return command("reject", key, actor, **data)


def report(key: str, outcome: str = "succeeded", attempt: int = 1, version: int = 1, **data: Any) -> Message:
    """The sandbox connector's answer to an attempt; a success has an ERP id."""
    if outcome == "succeeded":
        data.setdefault("erp_id", f"ERP-{key}")
    if outcome == "failed":
        data.setdefault("error", {"class": "validation", "code": "E-12", "message": "the ERP says no"})
    values = {"export": f"{key}@{version}", "attempt": attempt, "outcome": outcome, **data}
    actor = values.pop("actor", SANDBOX)
    return command("report_export", key, actor, values, source="/countersign/connector/sandbox")


def report_unlink(key: str, outcome: str = "gone", **data: Any) -> Message:
    """The sandbox connector's answer to an unlink."""
    actor = data.pop("actor", SANDBOX)
    return command(
        "report_unlink", key, actor, {"outcome": outcome, **data}, source="/countersign/connector/sandbox"
    )
