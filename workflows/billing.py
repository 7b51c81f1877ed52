"""What both kinds of invoices bill: this period's work, materials and retainage."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from pydantic import Field

from workflows.fields import Money
from workflows.lines import NumberedPart, sum_of


class BilledLine(NumberedPart):
    """What a line of an invoice bills; amounts are this period's, before retainage."""

    work_completed: Money
    materials: Money | None = Field(None, description="materials presently stored")
    retainage_held: Money | None = None
    retainage_released: Money | None = None


def billed(lines: Iterable[BilledLine]) -> Decimal:
    """What is billed before retainage."""
    return sum_of(amount for line in lines for amount in (line.work_completed, line.materials))


def period_problems(start: str | None, end: str | None) -> tuple[tuple[str, str], ...]:
    """(path, message) for a billing period that ends before it starts."""
    if start is not None and end is not None and end < start:
        return (("payload.period_end", f"is before period_start, {start}"),)
    return ()


def change_orders(item_type: str, ids: Sequence[str | None]) -> tuple[tuple[str, str], ...]:
    """References to the change orders that lines bill, each once."""
    return tuple(dict.fromkeys((item_type, each) for each in ids if each is not None))
