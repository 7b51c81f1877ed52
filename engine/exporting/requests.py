"""From a claimed export to what a connector gets: the difference, the code, the references."""

from collections.abc import Mapping
from typing import Any, Final

from engine.claims import Claimed
from engine.ports_export import ExportRequest
from engine.profile import CODE_FIELDS
from engine.workflow import ItemType

_OWN_CODE: Final = {
    "project": "job_id",
    "sub_job": "sub_job_id",
    "company": "vendor_id",
    "commitment": "commitment_id",
    "commitment_change_order": "change_order_id",
    "prime_contract_change_order": "change_order_id",
    "subcontractor_invoice": "invoice_id",
    "owner_invoice": "invoice_id",
}
_ANY_CODE: Final = tuple(sorted(CODE_FIELDS - set(_OWN_CODE.values())))


def export_request(claimed: Claimed, kinds: Mapping[str, ItemType]) -> ExportRequest:
    """What a connector needs to know of a claimed export; what the ERP has already does not travel again."""
    export, item, company = claimed.export, claimed.item, claimed.company
    updates = item.synced_payload is not None and item.erp_id is not None
    payload = kinds[item.item_type].payload
    return ExportRequest(
        company=company.slug,
        currency=company.currency,
        item_type=item.item_type,
        item_id=item.id,
        export_key=export.key,
        code=record_code(item.item_type, item.id, item.payload, item.fields),
        payload=item.payload,
        change=payload.difference(item.synced_payload, item.payload) if updates else None,
        erp_id=item.erp_id,
        earlier_keys=tuple(export.request.get("earlier_exports", ())),
        fields=item.fields,
        references={key: erp_id for key, erp_id in claimed.references.items() if key != item.key},
    )


def record_code(item_type: str, item_id: str, payload: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """The code that the approver gave, else the item's number, else its id."""
    for name in (_OWN_CODE.get(item_type, ""), *_ANY_CODE):
        if (given := fields.get(name)) and isinstance(given, str):
            return given
    number = payload.get("number")
    return str(number) if number not in (None, "") else item_id
