"""An owner invoice: what is billed to the owner under the prime contract."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from engine.payload import Payload, Reference
from engine.workflow import ItemType
from workflows.base import BASE, UNLINKABLE, UNLINKABLE_IGNORED
from workflows.billing import BilledLine, billed, change_orders, period_problems
from workflows.fields import Date, ItemId, LongText, Text, Word
from workflows.lines import numbered


class OwnerInvoiceLine(BilledLine):
    """A line of an owner invoice."""

    description: LongText
    change_order: ItemId | None = Field(None, description="a prime contract change order item")
    cost_code: Word | None = None
    category: Word | None = None


class OwnerInvoice(Payload):
    """An invoice to the owner."""

    sendable: ClassVar[frozenset[str] | None] = frozenset(
        ("approved", "approved_as_noted", "pending_owner_approval")
    )
    waits_for: ClassVar[tuple[str, ...]] = ("the project", "the prime contract change orders billed")

    project: ItemId = Field(description="a project item")
    prime_contract: Text = Field(description="the contract's number in the ERP")
    status: Text = Field(
        description="`approved`, `approved_as_noted` or `pending_owner_approval`; a draft may have another"
    )
    number: Text
    billing_date: Date
    period_start: Date | None = None
    period_end: Date | None = None
    lines: Annotated[tuple[OwnerInvoiceLine, ...], AfterValidator(numbered)]

    def references(self) -> tuple[Reference, ...]:
        billed_changes = change_orders(
            "prime_contract_change_order", [line.change_order for line in self.lines]
        )
        return (("project", self.project), *billed_changes)

    def total(self) -> Decimal:
        return billed(self.lines)

    def problems_when_sent(self) -> tuple[tuple[str, str], ...]:
        return (*super().problems_when_sent(), *period_problems(self.period_start, self.period_end))


OWNER_INVOICE = ItemType(
    name="owner_invoice",
    label="Owner Invoice",
    payload=OwnerInvoice,
    workflow=BASE.extend("owner_invoice", add=UNLINKABLE, ignored=UNLINKABLE_IGNORED),
)
