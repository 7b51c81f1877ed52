"""A project's budget, one for each project: what the ERP has of it never changes, modifications are added."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, StrictBool

from engine.effects import Emit
from engine.guards import comment_is_given
from engine.payload import Payload, Reference
from engine.workflow import ItemType, ignore, on
from workflows.base import BASE, RESENDABLE
from workflows.fields import Date, ItemId, LongText, Money
from workflows.kept import lost_or_changed
from workflows.lines import BudgetLines, Coded, NumberedPart, codes, numbered, sub_jobs, sum_of
from workflows.words import (
    ACCEPTED,
    ARCHIVED,
    AWAITING_POSTING,
    CONNECTOR,
    DRAFT,
    FAILED,
    POSTER,
    READY_TO_EXPORT,
    RECORD_SYNC,
    REJECTED,
    SENT,
    SYNCED,
)


class ModificationLine(Coded):
    """What a modification adds to a cost code, or takes from it."""

    amount: Money


class Modification(NumberedPart):
    """A later change of a budget."""

    date: Date
    description: LongText
    lines: tuple[ModificationLine, ...]


class Budget(Payload):
    """A project's budget."""

    waits_for: ClassVar[tuple[str, ...]] = (
        "the project",
        "the lines' cost codes, each with its category",
        "the lines' sub jobs",
    )

    project: ItemId = Field(description="a project item; it has one budget")
    locked: StrictBool = Field(description="only a locked budget can be sent")
    lines: BudgetLines
    modifications: Annotated[tuple[Modification, ...], AfterValidator(numbered)] | None = None

    def _coded(self) -> tuple[Coded, ...]:
        return (*self.lines, *(line for each in self.modifications or () for line in each.lines))

    def references(self) -> tuple[Reference, ...]:
        return (("project", self.project), *sub_jobs(self._coded()))

    def cost_codes(self) -> tuple[tuple[str, str], ...]:
        return codes(self._coded())

    def claims(self) -> tuple[tuple[str, str, str], ...]:
        return (("budget", self.project, "payload.project"),)

    def total(self) -> Decimal:
        modified = (line.amount for each in self.modifications or () for line in each.lines)
        return sum_of([*(line.amount for line in self.lines), *modified])

    def problems_when_sent(self) -> tuple[tuple[str, str], ...]:
        return (
            () if self.locked else (("payload.locked", "has to be true: lock the budget before sending it"),)
        )

    def problems_against(self, synced: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        before = type(self).model_validate(synced)
        moved = before.project != self.project
        return (
            *(
                (("payload.project", "cannot change, because the ERP has this budget already"),)
                if moved
                else ()
            ),
            *lost_or_changed("lines", before.lines, self.lines),
            *lost_or_changed("modifications", before.modifications or (), self.modifications or ()),
        )

    @classmethod
    def difference(cls, synced: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        if synced is None:
            return payload
        new = {name: _new(synced.get(name), payload.get(name)) for name in ("lines", "modifications")}
        return {**payload, **new}


def _new(
    synced: Iterable[Mapping[str, Any]] | None, parts: Iterable[Mapping[str, Any]] | None
) -> list[Mapping[str, Any]]:
    known = {part["number"] for part in synced or ()}
    return [part for part in parts or () if part["number"] not in known]


# fmt: off
BUDGET = ItemType(
    name="budget",
    label="Budget",
    payload=Budget,
    workflow=BASE.extend("budget", add=(
        *RESENDABLE,
        on("awaits_posting",  ACCEPTED,         AWAITING_POSTING, CONNECTOR,
           [], [RECORD_SYNC, Emit("awaiting_posting")]),
        on("confirm_posting", AWAITING_POSTING, SYNCED,           POSTER,
           [comment_is_given], [Emit("posted")]),
    ), ignored=(
        ignore("succeeded",      [AWAITING_POSTING]),
        ignore("failed",         [AWAITING_POSTING]),
        ignore("awaits_posting",
               [DRAFT, SENT, READY_TO_EXPORT, REJECTED, SYNCED, FAILED, AWAITING_POSTING, ARCHIVED]),
    )),
)
# fmt: on
