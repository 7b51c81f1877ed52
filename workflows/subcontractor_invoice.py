"""A subcontractor invoice: what a vendor bills for a commitment and its change orders."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from engine.payload import Payload, Reference
from engine.workflow import ItemType
from workflows.base import BASE, UNLINKABLE, UNLINKABLE_IGNORED
from workflows.billing import BilledLine, billed, change_orders, period_problems
from workflows.fields import Date, ItemId, Note, Number, Text
from workflows.lines import Mistake, numbered, refuse


class InvoiceLine(BilledLine):
    """A line of a subcontractor invoice; it bills a line of the commitment or of one of its change orders."""

    commitment_line: Number | None = Field(None, description="the number of the commitment's line, or else:")
    change_order: ItemId | None = Field(None, description="a commitment change order item")
    change_order_line: Number | None = Field(None, description="the number of the change order's line")
    description: Note | None = None


def _bills_one_thing(lines: tuple[InvoiceLine, ...]) -> tuple[InvoiceLine, ...]:
    found = [(place, _unclear(line)) for place, line in enumerate(lines)]
    refuse(lines, [((place, *mistake[0]), mistake[1]) for place, mistake in found if mistake])
    return lines


def _unclear(line: InvoiceLine) -> Mistake | None:
    change = (line.change_order is not None, line.change_order_line is not None)
    if line.commitment_line is None and not any(change):
        return ("commitment_line",), "is required, or change_order with change_order_line"
    if line.commitment_line is not None and any(change):
        return ("commitment_line",), "has to be left out where change_order is billed"
    if change == (True, False):
        return ("change_order_line",), "is required with change_order"
    if change == (False, True):
        return ("change_order",), "is required with change_order_line"
    return None


class SubcontractorInvoice(Payload):
    """A vendor's invoice for a commitment."""

    sendable: ClassVar[frozenset[str] | None] = frozenset(("approved",))
    waits_for: ClassVar[tuple[str, ...]] = ("the commitment", "the commitment change orders billed")

    commitment: ItemId = Field(description="a commitment item; its project is this item's")
    status: Text = Field(description="`approved`; a draft may have another")
    number: Text = Field(description="the vendor's")
    billing_date: Date
    period_start: Date | None = None
    period_end: Date | None = None
    lines: Annotated[tuple[InvoiceLine, ...], AfterValidator(numbered), AfterValidator(_bills_one_thing)]

    def parent(self) -> Reference:
        return ("commitment", self.commitment)

    def references(self) -> tuple[Reference, ...]:
        billed_changes = change_orders("commitment_change_order", [line.change_order for line in self.lines])
        return (self.parent(), *billed_changes)

    def total(self) -> Decimal:
        return billed(self.lines)

    def problems_when_sent(self) -> tuple[tuple[str, str], ...]:
        return (*super().problems_when_sent(), *period_problems(self.period_start, self.period_end))


SUBCONTRACTOR_INVOICE = ItemType(
    name="subcontractor_invoice",
    label="Subcontractor Invoice",
    payload=SubcontractorInvoice,
    workflow=BASE.extend("subcontractor_invoice", add=UNLINKABLE, ignored=UNLINKABLE_IGNORED),
)
