"""What each item type knows about itself: sending, references, codes, totals."""

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.workflows.test_payloads import good
from workflows import ITEM_TYPES, item_types

LABELS = (
    "Project",
    "Sub Job",
    "Company",
    "Cost Codes",
    "Budget",
    "Commitment",
    "Commitment Change Order",
    "Prime Contract Change Order",
    "Subcontractor Invoice",
    "Owner Invoice",
)
UNSENDABLE: list[tuple[str, dict[str, Any], str]] = [
    ("budget", {"locked": False}, "payload.locked"),
    ("commitment", {"status": "draft"}, "payload.status"),
    ("commitment", {"kind": "purchase_order", "status": "complete"}, "payload.status"),
    ("commitment_change_order", {"status": "complete"}, "payload.status"),
    ("prime_contract_change_order", {"status": "pending"}, "payload.status"),
    ("subcontractor_invoice", {"status": "approved_as_noted"}, "payload.status"),
    ("subcontractor_invoice", {"period_end": "2026-10-31"}, "payload.period_end"),
    ("owner_invoice", {"status": "draft"}, "payload.status"),
    ("owner_invoice", {"period_end": "2026-10-31"}, "payload.period_end"),
]
SENDABLE: list[tuple[str, dict[str, Any]]] = [
    ("commitment", {"status": "complete"}),
    ("commitment", {"kind": "purchase_order"}),
    ("owner_invoice", {"status": "approved"}),
    ("owner_invoice", {"status": "pending_owner_approval"}),
]
REFERENCES = {
    "project": (),
    "sub_job": (("project", "P-17"),),
    "company": (),
    "cost_codes": (("project", "P-17"),),
    "budget": (("project", "P-17"), ("sub_job", "SJ-1"), ("sub_job", "SJ-2")),
    "commitment": (("project", "P-17"), ("company", "V-9"), ("sub_job", "SJ-1")),
    "commitment_change_order": (("commitment", "SC-1001"), ("sub_job", "SJ-1")),
    "prime_contract_change_order": (("project", "P-17"), ("sub_job", "SJ-1")),
    "subcontractor_invoice": (("commitment", "SC-1001"), ("commitment_change_order", "CO-1")),
    "owner_invoice": (("project", "P-17"), ("prime_contract_change_order", "PCO-1")),
}
TOTALS = {
    "budget": "1229.50",
    "commitment": "1234.50",
    "commitment_change_order": "0",
    "prime_contract_change_order": "1234.50",
    "subcontractor_invoice": "117.00",
    "owner_invoice": "120.00",
}


def test_every_item_type_is_registered_under_its_name() -> None:
    """The registry, the files and the mails agree."""
    assert tuple(item_types()) == ITEM_TYPES
    assert [each.name for each in item_types().values()] == list(ITEM_TYPES)
    assert [each.workflow.name for each in item_types().values()] == list(ITEM_TYPES)
    assert tuple(each.label for each in item_types().values()) == LABELS


@pytest.mark.parametrize(("item_type", "changes", "path"), UNSENDABLE)
def test_what_a_draft_may_be_is_not_always_sendable(
    item_type: str, changes: dict[str, Any], path: str
) -> None:
    """A draft is kept as it is, and sending says what is missing."""
    assert [place for place, _ in good(item_type, **changes).problems_when_sent()] == [path]


@pytest.mark.parametrize(("item_type", "changes"), SENDABLE)
def test_every_listed_status_is_sendable(item_type: str, changes: dict[str, Any]) -> None:
    """The statuses are those of the upstream tool."""
    assert good(item_type, **changes).problems_when_sent() == ()


@pytest.mark.parametrize("item_type", ITEM_TYPES)
def test_an_item_waits_for_what_it_refers_to(item_type: str) -> None:
    """Each reference comes once, and its page names it."""
    payload = good(item_type)
    assert payload.references() == REFERENCES[item_type]
    page = " ".join(payload.waits_for)
    for kind, _ in payload.references():
        assert kind.replace("_", " ") in page


def test_cost_codes_without_a_project_refer_to_nothing() -> None:
    """The company's standard list belongs to no project."""
    assert good("cost_codes", project=...).references() == ()


def test_lines_wait_for_their_cost_codes_with_category() -> None:
    """Budgets, commitments and change orders need their codes in the ERP; invoices bill what has them."""
    needs = {name: good(name).cost_codes() for name in ITEM_TYPES if good(name).cost_codes()}
    concrete = ("03-300", "Material")
    assert needs == {
        "budget": (concrete, ("31-600", "Labor")),
        "commitment": (concrete,),
        "commitment_change_order": (concrete,),
        "prime_contract_change_order": (concrete,),
    }


def test_cost_codes_meet_each_code_with_each_category() -> None:
    """Others wait for a code together with its category."""
    assert good("cost_codes").meets() == (("03-300", "Material"), ("03-300", "Labor"))


@pytest.mark.parametrize("item_type", ITEM_TYPES)
def test_the_total_is_exact(item_type: str) -> None:
    """Approvers read what the item is about, without tax and before retainage."""
    total = good(item_type).total()
    assert total == (Decimal(TOTALS[item_type]) if item_type in TOTALS else None)


def test_a_budget_claims_its_project() -> None:
    """A project has one budget; nothing else is claimed by a payload."""
    claims = {name: good(name).claims() for name in ITEM_TYPES if good(name).claims()}
    assert claims == {"budget": (("budget", "P-17", "payload.project"),)}


def test_what_belongs_to_a_commitment_has_its_project() -> None:
    """Change orders and invoices of a vendor name the commitment only."""
    parents = {name: good(name).parent() for name in ITEM_TYPES if good(name).parent()}
    assert parents == {
        "commitment_change_order": ("commitment", "SC-1001"),
        "subcontractor_invoice": ("commitment", "SC-1001"),
    }


def test_only_growing_items_are_sent_again() -> None:
    """Cost codes and budgets grow after the ERP has them."""
    assert [name for name, each in item_types().items() if each.resendable] == ["cost_codes", "budget"]
