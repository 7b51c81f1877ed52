"""A commitment change order: what changes a commitment that the ERP has."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from engine.payload import Payload, Reference
from engine.workflow import ItemType
from workflows.base import BASE, UNLINKABLE, UNLINKABLE_IGNORED
from workflows.fields import Date, ItemId, Note, Number, Text
from workflows.lines import SignedLine, codes, priced, refuse, repeated, sub_jobs, sum_of


class ChangeLine(SignedLine):
    """A line of a commitment change order."""

    commitment_line: Number | None = Field(
        None, description="the number of the commitment's line that it changes; without it, a new line"
    )


def _each_line_once(lines: tuple[ChangeLine, ...]) -> tuple[ChangeLine, ...]:
    refuse(lines, repeated([line.commitment_line for line in lines], "commitment_line"))
    return lines


class CommitmentChangeOrder(Payload):
    """A change of a commitment."""

    sendable: ClassVar[frozenset[str] | None] = frozenset(("approved",))
    waits_for: ClassVar[tuple[str, ...]] = (
        "the commitment",
        "the lines' cost codes, each with its category",
        "the lines' sub jobs",
    )

    commitment: ItemId = Field(description="a commitment item; its project is this item's")
    status: Text = Field(description="`approved`; a draft may have another")
    number: Text
    title: Text
    date: Date
    description: Note | None = None
    lines: Annotated[tuple[ChangeLine, ...], AfterValidator(priced), AfterValidator(_each_line_once)] = Field(
        description="each line of the commitment at most once"
    )

    def parent(self) -> Reference:
        return ("commitment", self.commitment)

    def references(self) -> tuple[Reference, ...]:
        return (self.parent(), *sub_jobs(self.lines))

    def cost_codes(self) -> tuple[tuple[str, str], ...]:
        return codes(self.lines)

    def total(self) -> Decimal:
        return sum_of(line.amount for line in self.lines)


COMMITMENT_CHANGE_ORDER = ItemType(
    name="commitment_change_order",
    label="Commitment Change Order",
    payload=CommitmentChangeOrder,
    workflow=BASE.extend("commitment_change_order", add=UNLINKABLE, ignored=UNLINKABLE_IGNORED),
)
