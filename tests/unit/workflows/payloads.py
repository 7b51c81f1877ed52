"""A payload of each item type that is as complete as it can be."""

import copy
from typing import Any, Final

LINE: Final = {
    "number": "1",
    "sub_job": "SJ-1",
    "cost_code": "03-300",
    "category": "Material",
    "description": "Concrete",
    "amount": "1234.50",
    "quantity": "10",
    "unit": "m3",
    "unit_cost": "123.45",
}
ADDRESS: Final = {
    "line1": "1 Quay Street\nYard 2",
    "line2": "",
    "city": "Oakland",
    "state": "CA",
    "zip": "94607",
    "country": "US",
}
_INVOICE_AMOUNTS: Final = {
    "work_completed": "100.00",
    "materials": "20.00",
    "retainage_held": "10.00",
    "retainage_released": "0",
}

PAYLOADS: Final[dict[str, dict[str, Any]]] = {
    "project": {
        "name": "Harbour Bridge",
        "number": "17",
        "address": ADDRESS,
        "start_date": "2026-02-28",
        "description": "Two lanes\nand a path",
    },
    "sub_job": {"project": "P-17", "code": "01", "name": "North ramp"},
    "company": {
        "name": "Müller & Söhne",
        "address": ADDRESS,
        "phone": "+1 510 555 0100",
        "email": "office@mueller.test",
        "tax_id": "12-3456789",
    },
    "cost_codes": {
        "project": "P-17",
        "codes": [{"code": "03-300", "description": "Concrete", "categories": ["Material", "Labor"]}],
    },
    "budget": {
        "project": "P-17",
        "locked": True,
        "lines": [LINE],
        "modifications": [
            {
                "number": 1,
                "date": "2026-11-21",
                "description": "Deeper piles",
                "lines": [{"sub_job": "SJ-2", "cost_code": "31-600", "category": "Labor", "amount": "-5"}],
            }
        ],
    },
    "commitment": {
        "project": "P-17",
        "kind": "subcontract",
        "status": "approved",
        "number": "SC-1001",
        "title": "Concrete foundations",
        "vendor": "V-9",
        "date": "2026-11-21",
        "description": "As drawn",
        "retainage_percent": "7.5",
        "lines": [LINE],
    },
    "commitment_change_order": {
        "commitment": "SC-1001",
        "status": "approved",
        "number": "1",
        "title": "Deeper piles",
        "date": "2026-11-21",
        "description": "As found",
        "lines": [
            {**LINE, "commitment_line": 1},
            {**LINE, "number": 2, "amount": "-1234.50", "quantity": "-10"},
        ],
    },
    "prime_contract_change_order": {
        "project": "P-17",
        "prime_contract": "PC-1",
        "status": "approved",
        "number": "1",
        "title": "Deeper piles",
        "date": "2026-11-21",
        "lines": [LINE],
    },
    "subcontractor_invoice": {
        "commitment": "SC-1001",
        "status": "approved",
        "number": "INV 7",
        "billing_date": "2026-11-30",
        "period_start": "2026-11-01",
        "period_end": "2026-11-30",
        "lines": [
            {"number": 1, "commitment_line": "1", "description": "Piles", **_INVOICE_AMOUNTS},
            {"number": 2, "change_order": "CO-1", "change_order_line": 2, "work_completed": "-3"},
        ],
    },
    "owner_invoice": {
        "project": "P-17",
        "prime_contract": "PC-1",
        "status": "approved_as_noted",
        "number": "4",
        "billing_date": "2026-11-30",
        "period_start": "2026-11-01",
        "period_end": "2026-11-30",
        "lines": [
            {
                "number": 1,
                "description": "Piles",
                "change_order": "PCO-1",
                "cost_code": "03-300",
                "category": "Material",
                **_INVOICE_AMOUNTS,
            }
        ],
    },
}


def payload_of(item_type: str, **changes: Any) -> dict[str, Any]:
    """A good payload with changes: `lines__0__amount` reaches what lies deeper, `...` takes a field away."""
    data = copy.deepcopy(PAYLOADS[item_type])
    for path, value in changes.items():
        *way, last = (int(step) if step.isdigit() else step for step in path.split("__"))
        place: Any = data
        for step in way:
            place = place[step]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return data
