"""A company: the ERP's vendor, created there or linked to one that is there already."""

from pydantic import Field

from engine.effects import Emit
from engine.guards import erp_id_is_free, has_an_integration
from engine.payload import Payload
from engine.workflow import ItemType, on
from workflows.address import Address
from workflows.base import BASE, UNLINKABLE, UNLINKABLE_IGNORED
from workflows.fields import Email, ShortNote, Text
from workflows.words import (
    ACCEPTED,
    DRAFT,
    ERP_ADMIN,
    FAILED,
    KEEP_LINK,
    READY_TO_EXPORT,
    REJECTED,
    REQUEST_EXPORT,
    RESOLVE_DEAD_LETTER,
    SENT,
    STOP_WAITING,
)


class Company(Payload):
    """A vendor."""

    name: Text
    address: Address | None = None
    phone: ShortNote | None = None
    email: Email | None = None
    tax_id: ShortNote | None = Field(None, description="masked in events, mails and pages")


# fmt: off
COMPANY = ItemType(
    name="company",
    label="Company",
    payload=Company,
    workflow=BASE.extend("company", add=(
        on("link", [DRAFT, SENT, READY_TO_EXPORT, REJECTED], ACCEPTED, ERP_ADMIN,
           [erp_id_is_free, has_an_integration], [STOP_WAITING, KEEP_LINK, REQUEST_EXPORT, Emit("linked")]),
        on("link", FAILED, ACCEPTED, ERP_ADMIN,
           [erp_id_is_free, has_an_integration], [KEEP_LINK, RESOLVE_DEAD_LETTER, REQUEST_EXPORT, Emit("linked")]),
        *UNLINKABLE,
    ), ignored=UNLINKABLE_IGNORED),
)
# fmt: on
