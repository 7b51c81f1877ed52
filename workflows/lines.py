"""The lines of budgets, commitments and change orders, and the rules that hold among them."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from workflows.fields import ItemId, LongText, Money, Note, Number, ShortNote, Unsigned, Word

Mistake = tuple[tuple[str | int, ...], str]

_CENT: Final = Decimal("0.01")
_EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP)


class Part(BaseModel):
    """A part of a payload; unknown fields are refused, as in the payload itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NumberedPart(Part):
    """A part that its number identifies."""

    number: Number = Field(description="unique in this list")


class Coded(Part):
    """What an amount is booked on."""

    sub_job: ItemId | None = Field(None, description="a sub job of the project")
    cost_code: Word = Field(description="the ERP's cost code")
    category: Word = Field(description="Sage 300's category, Sage 100's cost type")


class Line(Coded, NumberedPart):
    """A line of a commitment."""

    description: LongText
    amount: Money = Field(
        description="without tax; quantity * unit cost to the cent where there is a quantity"
    )
    quantity: Unsigned | None = None
    unit: ShortNote | None = None
    unit_cost: Unsigned | None = Field(None, description="required with a quantity")


class BudgetLine(Line):
    """A line of a budget."""

    description: Note | None = None  # type: ignore[assignment]  # a budget's line may go without


class SignedLine(Line):
    """A line of a change order, which may take back what a contract had."""

    quantity: Money | None = None
    unit_cost: Money | None = Field(None, description="required with a quantity")


AnyNumbered = TypeVar("AnyNumbered", bound=NumberedPart)
AnyLine = TypeVar("AnyLine", bound=Line)


def refuse(parts: object, mistakes: Iterable[Mistake]) -> None:
    """Report every mistake at its own place within `parts`."""
    details = [
        InitErrorDetails(
            type=PydanticCustomError("unfit", "{sentence}", {"sentence": sentence}), loc=place, input=parts
        )
        for place, sentence in mistakes
    ]
    if details:
        raise ValidationError.from_exception_data("parts", details)


def repeated(values: Sequence[str | None], name: str) -> list[Mistake]:
    """Each value that an earlier part of the list has already."""
    if len(set(values)) == len(values):
        return []
    seen: set[str] = set()
    mistakes: list[Mistake] = []
    for position, value in enumerate(values):
        if value in seen:
            mistakes.append(
                ((position, name), f"{value} is already another entry's {name.replace('_', ' ')}")
            )
        elif value is not None:
            seen.add(value)
    return mistakes


def numbered(parts: tuple[AnyNumbered, ...]) -> tuple[AnyNumbered, ...]:
    """Refuse two parts with one number."""
    refuse(parts, repeated([part.number for part in parts], "number"))
    return parts


def priced(lines: tuple[AnyLine, ...]) -> tuple[AnyLine, ...]:
    """Refuse two lines with one number, and an amount that is not quantity * unit cost."""
    mistakes = repeated([line.number for line in lines], "number")
    for position, line in enumerate(lines):
        if line.quantity is not None and (mistake := _mispriced(line, line.quantity)):
            mistakes.append(((position, *mistake[0]), mistake[1]))
    refuse(lines, mistakes)
    return lines


def _mispriced(line: Line, quantity: str) -> Mistake | None:
    if line.unit_cost is None:
        return ("unit_cost",), "is required with a quantity"
    price = _to_the_cent(_EXACT.multiply(Decimal(quantity), Decimal(line.unit_cost)))
    if _to_the_cent(Decimal(line.amount)) != price:
        return ("amount",), f"{line.amount} has to be {quantity} * {line.unit_cost} = {price:f}"
    return None


def _to_the_cent(value: Decimal) -> Decimal:
    return value.quantize(_CENT, context=_EXACT)


Lines = Annotated[tuple[Line, ...], AfterValidator(priced)]
BudgetLines = Annotated[tuple[BudgetLine, ...], AfterValidator(priced)]
SignedLines = Annotated[tuple[SignedLine, ...], AfterValidator(priced)]


def sum_of(amounts: Iterable[str | None]) -> Decimal:
    """The exact sum; what is missing counts nothing."""
    total = Decimal(0)
    for amount in amounts:
        if amount is not None:
            total = _EXACT.add(total, Decimal(amount))
    return total


def sub_jobs(parts: Iterable[Coded]) -> tuple[tuple[str, str], ...]:
    """References to the sub jobs that lines name, each once."""
    return tuple(dict.fromkeys(("sub_job", part.sub_job) for part in parts if part.sub_job is not None))


def codes(parts: Iterable[Coded]) -> tuple[tuple[str, str], ...]:
    """The cost codes with category that lines name, each once."""
    return tuple(dict.fromkeys((part.cost_code, part.category) for part in parts))
