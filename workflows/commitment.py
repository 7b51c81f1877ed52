"""A commitment: a subcontract or a purchase order."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.payload import Payload, Reference
from engine.workflow import ItemType
from workflows.base import BASE, UNLINKABLE, UNLINKABLE_IGNORED
from workflows.fields import Date, ItemId, Note, Percent, Text
from workflows.lines import Lines, codes, sub_jobs, sum_of


class Commitment(Payload):
    """What a vendor is to do or deliver, at what price."""

    sendable: ClassVar[frozenset[str] | None] = frozenset(("approved", "complete"))
    waits_for: ClassVar[tuple[str, ...]] = (
        "the project",
        "the vendor, a company",
        "the lines' cost codes, each with its category",
        "the lines' sub jobs",
    )

    project: ItemId = Field(description="a project item")
    kind: Literal["subcontract", "purchase_order"]
    status: Text = Field(description="`approved`, a subcontract also `complete`; a draft may have another")
    number: Text
    title: Text
    vendor: ItemId = Field(description="a company item")
    date: Date | None = None
    description: Note | None = None
    retainage_percent: Percent | None = None
    lines: Annotated[Lines, Field(min_length=1, description="at least one")]

    def references(self) -> tuple[Reference, ...]:
        return (("project", self.project), ("company", self.vendor), *sub_jobs(self.lines))

    def cost_codes(self) -> tuple[tuple[str, str], ...]:
        return codes(self.lines)

    def total(self) -> Decimal:
        return sum_of(line.amount for line in self.lines)

    def problems_when_sent(self) -> tuple[tuple[str, str], ...]:
        if (self.kind, self.status) == ("purchase_order", "complete"):
            return (("payload.status", "only approved can be sent of a purchase order, not complete"),)
        return super().problems_when_sent()


COMMITMENT = ItemType(
    name="commitment",
    label="Commitment",
    payload=Commitment,
    workflow=BASE.extend("commitment", add=UNLINKABLE, ignored=UNLINKABLE_IGNORED),
)
