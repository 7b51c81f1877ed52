"""What a worker reports of an attempt, in words that name the item, the ERP's reason and the next step."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, Final

from engine.claims import Claimed
from engine.ports_export import ErpError, Receipt
from engine.text import printable

_LONGEST: Final = 1000  # characters of an ERP's own words
_LONGEST_TRACEBACK: Final = 8000
_HIDDEN: Final = "•••"
_NEXT_STEP: Final = {
    "unavailable": "it is tried again by itself",
    "capacity": "it is tried again by itself",
    "uncertain": "it may have arrived, so the ERP is asked before anything is sent again",
    "validation": "correct it and send it again, or accept it with other fields",
    "reference": "bring what it refers to into the ERP, then replay it",
    "precondition": "put that right, then replay it",
    "conflict": "accept it with another code, or correct the record in the ERP and replay it",
    "partial": "complete or remove the record in the ERP, then replay it",
    "auth": "correct the integration's log-in or settings, then resume the integration",
    "bug": "nothing was sent; replay it once this is corrected",
}


@dataclass(frozen=True, slots=True)
class Report:
    """One attempt's end."""

    claimed: Claimed
    command: str  # report_export | report_unlink
    data: dict[str, Any] = field(default_factory=dict)


def succeeded(claimed: Claimed, receipt: Receipt) -> Report:
    """The ERP has it."""
    data: dict[str, Any] = {
        "outcome": "succeeded",
        "erp_id": receipt.erp_id,
        "erp_lines": dict(receipt.lines),
    }
    if receipt.posting:
        data["posting"] = receipt.posting
    return Report(claimed, "report_export", data)


def failed(claimed: Claimed, error: ErpError, trace: str | None = None) -> Report:
    """It did not happen, or (class uncertain) nobody knows."""
    outcome = "in_doubt" if error.error_class == "uncertain" else "failed"
    return _error(claimed, outcome, error.error_class, error, trace)


def in_doubt(claimed: Claimed, error: ErpError) -> Report:
    """It could not be found out whether it happened."""
    return _error(claimed, "in_doubt", error.error_class, error, None)


def bug(claimed: Claimed, problem: Exception, trace: str) -> Report:
    """The connector failed before this attempt sent anything; what an earlier one left in doubt stays so."""
    words = ErpError(f"{type(problem).__name__}: {problem}", code=type(problem).__name__)
    if claimed.export.doubt_since is not None:
        return _error(claimed, "in_doubt", "uncertain", words, trace)
    return _error(claimed, "failed", "bug", words, trace)


def absent(claimed: Claimed) -> Report:
    """The ERP was asked and does not have it."""
    return Report(claimed, "report_export", {"outcome": "absent"})


def unlinked(claimed: Claimed, *, there: bool) -> Report:
    """Whether the ERP still has the record."""
    return Report(claimed, "report_unlink", {"outcome": "still_there" if there else "gone"})


def _error(claimed: Claimed, outcome: str, error_class: str, error: ErpError, trace: str | None) -> Report:
    unlinking = claimed.export.mode == "unlink"
    if error_class not in _NEXT_STEP:  # a connector may have classes of its own
        outcome, error_class = "in_doubt", "uncertain"
    text = f"{claimed.item.key}: {printable(str(error), _LONGEST).rstrip('.;: ')}; {_NEXT_STEP[error_class]}"
    described = {"class": error_class, "message": text}
    if error.code:
        described["code"] = printable(str(error.code), 100)
    data: dict[str, Any] = {"outcome": "failed" if unlinking else outcome, "error": described}
    if trace:
        data["traceback"] = printable(trace[-_LONGEST_TRACEBACK:], _LONGEST_TRACEBACK)
    return Report(claimed, "report_unlink" if unlinking else "report_export", data)


def without_secrets(report: Report, secrets: Collection[str]) -> Report:
    """The report without the log-in of its integration, should the ERP have repeated it."""
    if not secrets or "error" not in report.data:
        return report
    data = dict(report.data)
    data["error"] = {name: _hide(value, secrets) for name, value in data["error"].items()}
    if "traceback" in data:
        data["traceback"] = _hide(data["traceback"], secrets)
    return replace(report, data=data)


def _hide(text: str, secrets: Collection[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return text
