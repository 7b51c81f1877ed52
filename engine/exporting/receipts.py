"""What an ERP gave for a record, and whether it can be kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.claims import Claimed
from engine.exporting.reports import Report, failed, in_doubt, succeeded
from engine.ports_export import ErpPartial, ErpPrecondition, ErpUncertain, Receipt
from engine.service.late import LONGEST_ID
from engine.text import is_printable

_CODE = "unreadable_answer"


def sent(claimed: Claimed, receipt: Receipt, lines: Sequence[str]) -> Report:
    """What a record that was sent got; one without an id that can be read has to be looked up."""
    if problem := _nameless(receipt):
        return in_doubt(claimed, ErpUncertain(f"the ERP's answer cannot be used: {problem}", code=_CODE))
    return _whole(claimed, receipt, lines)


def found(claimed: Claimed, receipt: Receipt, lines: Sequence[str]) -> Report:
    """What a record that was looked up has; asking once more would bring the same answer."""
    if problem := _nameless(receipt):
        text = f"the ERP has it, but {problem}: the connector has to be corrected"
        return failed(claimed, ErpPartial(text, code=_CODE))
    return _whole(claimed, receipt, lines)


def adopted(claimed: Claimed, receipt: Receipt) -> Report:
    """A record that was there before; one that cannot be kept is not linked."""
    if problem := _nameless(receipt) or _odd(receipt):
        text = f"the ERP's record cannot be linked: {problem}; the connector has to be corrected"
        return failed(claimed, ErpPrecondition(text, code=_CODE))
    return succeeded(claimed, receipt)


def too_large(report: Report, limit: int) -> Report:
    """The report of a success that no message can carry."""
    erp_id, lines = report.data["erp_id"], len(report.data["erp_lines"])
    text = f"the ERP has it as {erp_id} with {lines} lines, whose ids no message of {limit} bytes can carry"
    return failed(report.claimed, ErpPartial(f"{text}: raise COUNTERSIGN_MESSAGE_LIMIT", code="too_large"))


def _whole(claimed: Claimed, receipt: Receipt, lines: Sequence[str]) -> Report:
    record = receipt.erp_id[:LONGEST_ID]
    if problem := _odd(receipt):
        text = f"the ERP has it as {record}, but {problem}: the connector has to be corrected"
        return failed(claimed, ErpPartial(text, code=_CODE))
    if missing := [number for number in lines if number not in receipt.lines]:
        text = f"the ERP has {record} without the lines {', '.join(missing[:20])}"
        return failed(claimed, ErpPartial(text, code="lines_missing"))
    return succeeded(claimed, receipt)


def _nameless(receipt: Receipt) -> str | None:
    erp_id: Any = receipt.erp_id  # a connector may give anything
    if not isinstance(erp_id, str):
        return f"the record's id is no text but a {type(erp_id).__name__}"
    if not erp_id or not is_printable(erp_id):
        return "the record's id is empty or cannot be printed"
    return None


def _odd(receipt: Receipt) -> str | None:
    if len(receipt.erp_id) > LONGEST_ID:
        return f"its id has {len(receipt.erp_id)} characters, more than the {LONGEST_ID} that can be kept"
    lines: Any = receipt.lines
    if not isinstance(lines, Mapping):
        return f"the ids of its lines are no mapping but a {type(lines).__name__}"
    if odd := [str(number)[:40] for number, erp_id in lines.items() if not (_text(number) and _text(erp_id))]:
        return f"the ids of these lines are no text that can be kept: {', '.join(odd[:20])}"
    if receipt.posting not in (None, "manual"):
        return "its posting is neither none nor manual"
    return None


def _text(value: Any) -> bool:
    return isinstance(value, str) and is_printable(value)
