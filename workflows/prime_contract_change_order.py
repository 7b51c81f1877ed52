"""A prime contract change order: what changes the contract with the owner, which the ERP has."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from engine.payload import Payload, Reference
from engine.workflow import ItemType
from workflows.base import BASE, UNLINKABLE, UNLINKABLE_IGNORED
from workflows.fields import Date, ItemId, Text
from workflows.lines import SignedLines, codes, sub_jobs, sum_of


class PrimeContractChangeOrder(Payload):
    """A change of the contract with the owner."""

    sendable: ClassVar[frozenset[str] | None] = frozenset(("approved",))
    waits_for: ClassVar[tuple[str, ...]] = (
        "the project",
        "the lines' cost codes, each with its category",
        "the lines' sub jobs",
        "the project's budget, where the profile says so",
    )

    project: ItemId = Field(description="a project item")
    prime_contract: Text = Field(description="the contract's number in the ERP")
    status: Text = Field(description="`approved`; a draft may have another")
    number: Text
    title: Text
    date: Date
    lines: SignedLines

    def references(self) -> tuple[Reference, ...]:
        return (("project", self.project), *sub_jobs(self.lines))

    def cost_codes(self) -> tuple[tuple[str, str], ...]:
        return codes(self.lines)

    def total(self) -> Decimal:
        return sum_of(line.amount for line in self.lines)


PRIME_CONTRACT_CHANGE_ORDER = ItemType(
    name="prime_contract_change_order",
    label="Prime Contract Change Order",
    payload=PrimeContractChangeOrder,
    workflow=BASE.extend("prime_contract_change_order", add=UNLINKABLE, ignored=UNLINKABLE_IGNORED),
)
