"""An answer to an attempt that is over: it is refused, but what it says that the ERP has is never lost."""

from typing import Any, Final

from engine.changes import Change, Decision, OpenDeadLetter, PutExport
from engine.facts import Export, Facts, Refusal
from engine.text import is_printable
from engine.values import replace

LONGEST_ID: Final = 200  # of a record in an ERP
_NOT_YET_TAKEN: Final = ("requested", "retrying", "in_doubt")


def is_erp_id(value: Any) -> bool:
    """Whether a value can be a record's id in an ERP."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID and is_printable(value)


def decide_late(facts: Facts, expected: str) -> Decision | Refusal:
    """The same ERP id as known changes nothing, the first one is kept, another one is a double record."""
    item, data, answered = facts.item, facts.command.data, _answered(facts)
    if answered is None or data.get("outcome") != "succeeded" or not is_erp_id(data.get("erp_id")):
        return _refusal(facts, expected)
    known, erp_id = answered.erp_id or item.erp_id, data["erp_id"]
    if known == erp_id:
        return Decision(item)
    if known is None:
        return Decision(item, changes=tuple(_kept(facts, answered, erp_id)))
    return Decision(item, changes=(duplicate(facts, answered, known, erp_id),))


def duplicate(facts: Facts, export: Export, known: str, other: str) -> OpenDeadLetter:
    """Somebody has to remove one of the two records."""
    message = f"the ERP has {facts.item.key} twice: as {known} and as {other}; remove one of them there"
    return OpenDeadLetter(
        kind="message",
        reason="duplicate_in_erp",
        error_class="conflict",
        message=message,
        item=facts.item,
        export=export.key,
        connector=export.connector,
        attempts=export.attempt,
    )


def _answered(facts: Facts) -> Export | None:
    data = facts.command.data
    if not isinstance(data, dict):
        return None
    of_item = (*facts.earlier, facts.export) if facts.export else facts.earlier
    return next((each for each in of_item if each.key == data.get("export")), None)


def _refusal(facts: Facts, expected: str) -> Refusal:
    item, export = facts.item, facts.export
    current = "nothing" if export is None else f"attempt {export.attempt} of {export.key}"
    code = "stale_attempt" if item.state == expected and export is not None else "wrong_state"
    return Refusal(code, f"{item.key} is {item.state} and waits for an answer to {current}, not to this one")


def _kept(facts: Facts, answered: Export, erp_id: str) -> list[Change]:
    """The record's id; what would have been sent now looks up first."""
    current = facts.export
    found = {answered.key: replace(answered, erp_id=erp_id, tried=True, holds=True)}
    if current is not None and current.mode == "send" and current.status in _NOT_YET_TAKEN:
        found[current.key] = replace(found.get(current.key, current), mode="lookup")
    elif current is not None and current.status == "sending":  # under way: its next attempt looks up
        found[current.key] = replace(found.get(current.key, current), erp_id=erp_id)
    return [PutExport(export, facts.item) for export in found.values()]
