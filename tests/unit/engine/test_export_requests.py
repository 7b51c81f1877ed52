"""What a connector gets of a claimed export."""

from __future__ import annotations

from typing import Any

import pytest

from engine.claims import Claimed
from engine.exporting.requests import export_request, record_code
from engine.facts import Company, Export, Item
from workflows import item_types


def claimed(item: Item, **request: Any) -> Claimed:
    """The item's export, taken by a worker."""
    export = Export(
        key=item.export_key,
        item=item.key,
        company="acme",
        connector="sandbox",
        version=item.version,
        status="sending",
        attempt=1,
        mode="send",
        requested_at="2026-11-21T09:30:00.000000Z",
        request=request,
    )
    references = {"acme/project/P-17": "PRJ-1", item.key: "CST-1"}
    return Claimed(export, item, Company("acme", currency="EUR"), references)


CODES = {"project": "P-17", "codes": [{"code": "03", "description": "Concrete", "categories": ["Material"]}]}


def test_a_first_export_brings_the_whole_payload() -> None:
    """With the other items it refers to and the keys of what came before."""
    item = Item("acme", "cost_codes", "CC-1", version=2, payload=CODES, fields={"note": "x"})
    request = export_request(claimed(item, earlier_exports=["acme/cost_codes/CC-1@1"]), item_types())
    assert request.change is None
    assert (request.body, request.fields, request.currency) == (CODES, {"note": "x"}, "EUR")
    assert request.references == {"acme/project/P-17": "PRJ-1"}
    assert request.earlier_keys == ("acme/cost_codes/CC-1@1",)


def test_what_the_erp_has_does_not_travel_again() -> None:
    """Only the difference does, to the record that is there."""
    new = {"code": "04", "description": "Steel", "categories": ["Labor"]}
    payload = {**CODES, "codes": [*CODES["codes"], new]}
    item = Item(
        "acme", "cost_codes", "CC-1", version=2, payload=payload, synced_payload=CODES, erp_id="CST-1"
    )
    request = export_request(claimed(item), item_types())
    assert request.erp_id == "CST-1"
    assert request.body == {"project": "P-17", "codes": [new]}


@pytest.mark.parametrize(
    ("item_type", "payload", "fields", "code"),
    [
        ("commitment", {"number": "SC-9"}, {"vendor_id": "V", "commitment_id": "C-1"}, "C-1"),
        ("commitment", {"number": "SC-9"}, {"vendor_id": "V"}, "SC-9"),
        ("commitment", {}, {"erp_code": "E-1"}, "E-1"),
        ("budget", {"project": "P-17"}, {}, "the-id"),
        ("project", {"number": ""}, {"job_id": ""}, "the-id"),
    ],
)
def test_the_code_is_the_approvers_else_the_number_else_the_id(
    item_type: str, payload: dict[str, Any], fields: dict[str, Any], code: str
) -> None:
    """Another record's code among the fields does not count."""
    assert record_code(item_type, "the-id", payload, fields) == code
