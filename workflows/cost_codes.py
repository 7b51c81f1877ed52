"""Cost codes: a company's standard list, or a project's own; the list grows and is never taken back."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic import Field

from engine.effects import Emit
from engine.guards import fields_fit_the_profile, has_an_integration, prerequisites_are_met
from engine.payload import Payload, Reference
from engine.workflow import ItemType, ignore, on
from workflows.base import BASE, RESENDABLE
from workflows.fields import ItemId, Text, Word
from workflows.lines import Part
from workflows.words import (
    ACCEPTED,
    APPROVER,
    DRAFT,
    FREE_CODES,
    KEEP_COMMENT,
    KEEP_FIELDS,
    READY_TO_EXPORT,
    READY_TO_UPDATE,
    REJECTED,
    REQUEST_EXPORT,
    SENDER,
    SENT,
    STOP_WAITING,
    SYSTEM,
)


class CostCode(Part):
    """A cost code and the categories it is used with."""

    code: Word
    description: Text = Field(description="what the ERP has already is not overwritten")
    categories: tuple[Word, ...] = Field(description="Sage 300's categories, Sage 100's cost types")


class CostCodes(Payload):
    """A list of cost codes."""

    waits_for: ClassVar[tuple[str, ...]] = ("the project, where the list is a project's",)

    project: ItemId | None = Field(
        None, description="a project item; without one, the company's standard list"
    )
    codes: tuple[CostCode, ...]

    def references(self) -> tuple[Reference, ...]:
        return () if self.project is None else (("project", self.project),)

    def meets(self) -> tuple[tuple[str, str], ...]:
        return tuple(
            dict.fromkeys((each.code, category) for each in self.codes for category in each.categories)
        )

    def problems_against(self, synced: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        if synced.get("project") == self.project:
            return ()
        return (("payload.project", "cannot change, because the ERP has this list already"),)

    @classmethod
    def merged(cls, synced: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        before = synced["codes"] if synced else ()
        return {**payload, "codes": list(_united([*before, *payload["codes"]]).values())}

    @classmethod
    def difference(cls, synced: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        known = _united(synced["codes"] if synced else ())
        return {**payload, "codes": list(_new(known, _united([*known.values(), *payload["codes"]])))}


def _united(codes: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Each code once, with the first description and all categories."""
    united: dict[str, dict[str, Any]] = {}
    for each in codes:
        entry = united.setdefault(each["code"], {**each, "categories": []})
        entry["categories"] = list(dict.fromkeys((*entry["categories"], *each["categories"])))
    return united


def _new(
    known: Mapping[str, Mapping[str, Any]], united: Mapping[str, Mapping[str, Any]]
) -> Iterable[Mapping[str, Any]]:
    for code, each in united.items():
        present = known[code]["categories"] if code in known else ()
        categories = [category for category in each["categories"] if category not in present]
        if categories or code not in known:
            yield {**each, "categories": categories}


# fmt: off
COST_CODES = ItemType(
    name="cost_codes",
    label="Cost Codes",
    payload=CostCodes,
    workflow=BASE.extend("cost_codes", change=(
        on("release", SENT, READY_TO_UPDATE, SYSTEM,
           [prerequisites_are_met], [STOP_WAITING, Emit("ready_to_update")]),
    ), drop=(
        ("retrieve", READY_TO_EXPORT),
        ("accept", READY_TO_EXPORT),
        ("reject", READY_TO_EXPORT),
    ), add=(
        on("retrieve", READY_TO_UPDATE, DRAFT, SENDER,
           [], [STOP_WAITING, Emit("retrieved")]),
        on("accept", READY_TO_UPDATE, ACCEPTED, APPROVER,
           [fields_fit_the_profile, prerequisites_are_met, has_an_integration],
       [KEEP_FIELDS, REQUEST_EXPORT, Emit("accepted")]),
        on("reject", READY_TO_UPDATE, REJECTED, APPROVER,
           [], [FREE_CODES, KEEP_COMMENT, Emit("rejected")]),
        *RESENDABLE,
    ), ignored=(
        ignore("succeeded", [READY_TO_UPDATE]),
        ignore("failed", [READY_TO_UPDATE]),
    )),
)
# fmt: on
