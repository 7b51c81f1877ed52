"""Decide what a connector reports of an attempt: `report_export` and `report_unlink`."""

from collections.abc import Mapping
from typing import Any, Final

from engine.changes import Breaker, Change, Decision, Meet, PutAttempt, PutExport
from engine.facts import Export, Facts, Refusal
from engine.machine import Lifecycle
from engine.retrying import Delays
from engine.service import exports
from engine.service.effects import Performance
from engine.service.late import decide_late, duplicate, is_erp_id
from engine.text import printable
from engine.values import replace

_OUTCOMES: Final = {
    "report_export": ("succeeded", "failed", "in_doubt", "absent"),
    "report_unlink": ("gone", "still_there", "failed"),
}
_STATES: Final = {"report_export": "accepted", "report_unlink": "unlinking"}


def decide_report(facts: Facts, lifecycle: Lifecycle, delays: Delays) -> Decision | Refusal:
    """What an answer of a connector means for the item and its export."""
    name, export, data = facts.command.name, facts.export, facts.command.data
    if facts.item.state != _STATES[name] or export is None:
        return decide_late(facts, _STATES[name])
    problem = _subject_problem(name, data)
    if problem is None and _is_another(data, export):
        return decide_late(facts, _STATES[name])
    if problem := problem or _problem(data, _OUTCOMES[name], export):
        return Refusal("invalid_payload", f"{problem[0]}: {problem[1]}", errors=(problem,))
    return _ANSWERS[data["outcome"]](facts, lifecycle, delays, export)


def _subject_problem(name: str, data: Any) -> tuple[str, str] | None:
    """Whether a report says what it answers."""
    if not isinstance(data, dict):
        return "data", "has to be an object"
    if name == "report_export" and not isinstance(data.get("export"), str):
        return "export", "has to name the export, as export.requested did"
    if name == "report_export" and type(data.get("attempt")) is not int:
        return "attempt", "has to be the attempt's number, as in export.requested"
    return None


def _is_another(data: Mapping[str, Any], export: Export) -> bool:
    """Whether another attempt is answered; each version of an item counts its attempts from 1."""
    return (data.get("export", export.key), data.get("attempt", export.attempt)) != (
        export.key,
        export.attempt,
    )


def _problem(data: Mapping[str, Any], outcomes: tuple[str, ...], export: Export) -> tuple[str, str] | None:
    outcome = data.get("outcome")
    if outcome not in outcomes:
        return "outcome", f"has to be one of {', '.join(outcomes)}"
    if outcome == "absent" and export.mode != "lookup":
        return "outcome", f"absent answers a look-up, and attempt {export.attempt} was to {export.mode}"
    if outcome == "succeeded":
        return _success_problem(data)
    return _failure_problem(data.get("error")) if outcome == "failed" else None


def _failure_problem(error: Any) -> tuple[str, str] | None:
    if not isinstance(error, dict):
        return "error", "a failure needs {class, code, message}"
    if not _is_class(error.get("class")):
        return "error.class", f"has to be one of {', '.join(sorted(exports.CLASSES))}"
    if not isinstance(error.get("message"), str):
        return "error.message", "has to say what the ERP said"
    return None


def _success_problem(data: Mapping[str, Any]) -> tuple[str, str] | None:
    lines = data.get("erp_lines", {})
    if not is_erp_id(data.get("erp_id")):
        return "erp_id", "a success needs the record's id in the ERP"
    if not isinstance(lines, dict) or not all(isinstance(value, str) for value in lines.values()):
        return "erp_lines", "has to be an object of line number to ERP id"
    if data.get("posting") not in (None, "manual"):
        return "posting", "can only be manual"
    return None


def _is_class(value: Any) -> bool:
    return isinstance(value, str) and value in exports.CLASSES


def _error(facts: Facts) -> dict[str, Any]:
    """The reported error with what a database and a terminal can take; in doubt unless it names its class."""
    error = facts.command.data.get("error")
    given: Mapping[str, Any] = error if isinstance(error, dict) else {}
    found = {"class": given["class"] if _is_class(given.get("class")) else "uncertain"}
    if isinstance(code := given.get("code"), str):
        found["code"] = printable(code, 200)
    message = given.get("message")
    found["message"] = (
        printable(message) if isinstance(message, str) and message else "no answer came from the ERP"
    )
    return found


def _succeeded(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision | Refusal:
    data = facts.command.data
    if holder := _linked_to(facts, data["erp_id"]):
        message = f"{data['erp_id']} is already linked to {holder}"
        return _failed(_failing(facts, "conflict", "already_linked", message), lifecycle, delays, export)
    event = "awaits_posting" if data.get("posting") == "manual" else "succeeded"
    details = {"erp_id": data["erp_id"], "erp_lines": data.get("erp_lines", {}), "export": export.key}
    moved = _moved(facts, lifecycle, event, details)
    if isinstance(moved, Refusal):
        return moved
    more: list[Change] = [
        PutExport(exports.succeeded(export, facts.now, data["erp_id"]), moved.item),
        PutAttempt(export.key, export.attempt, export.mode, "succeeded"),
        Breaker(facts.company.slug, "ok"),
    ]
    if export.erp_id not in (None, data["erp_id"]):
        more.append(duplicate(facts, export, str(export.erp_id), data["erp_id"]))
    return replace(moved, changes=(*moved.changes, *more))


def _linked_to(facts: Facts, erp_id: str) -> str | None:
    """The other item that has this record of the ERP, where a record is for one item only."""
    holder = facts.claimed.get((f"erp_id/{facts.kind.name}", erp_id)) if facts.kind.linkable else None
    return None if holder == facts.item.key else holder


def _failing(facts: Facts, error_class: str, code: str, message: str) -> Facts:
    error = {"class": error_class, "code": code, "message": message}
    data = {**facts.command.data, "outcome": "failed", "error": error}
    return replace(facts, command=replace(facts.command, data=data))


def _failed(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision | Refusal:
    error = _error(facts)
    attempt = PutAttempt(export.key, export.attempt, export.mode, "failed", error)
    if error["class"] == "uncertain":
        return _in_doubt(facts, lifecycle, delays, export)
    if error["class"] in exports.AGAIN:
        breaker = Breaker(facts.company.slug, "failed", error["message"])
        if later := exports.retrying(export, facts.now, delays, error):
            return Decision(facts.item, changes=(PutExport(later, facts.item, "retrying"), attempt, breaker))
    elif error["class"] == exports.STOPS:
        parked = exports.parked(export, None, error)
        stop = Breaker(facts.company.slug, "auth", error["message"])
        return Decision(facts.item, changes=(PutExport(parked, facts.item, "retrying"), attempt, stop))
    else:
        breaker = Breaker(facts.company.slug, "ok")
    ended = exports.failed(export, facts.now, error)
    details = {"error": error, "export": export.key}
    if isinstance(facts.command.data.get("traceback"), str):
        details["traceback"] = facts.command.data["traceback"]
    moved = _moved(replace(facts, export=ended), lifecycle, "failed", details)
    if isinstance(moved, Refusal):
        return moved
    return replace(moved, changes=(*moved.changes, PutExport(ended, moved.item), attempt, breaker))


def _in_doubt(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision:
    error = _error(facts)
    doubtful = exports.in_doubt(export, facts.now, delays.settle, error)
    attempt = PutAttempt(export.key, export.attempt, export.mode, "in_doubt", error)
    return Decision(facts.item, changes=(PutExport(doubtful, facts.item, "in_doubt"), attempt))


def _absent(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision | Refusal:
    attempt = PutAttempt(export.key, export.attempt, export.mode, "absent")
    if "adopt" in export.request:
        message = f"the ERP has no record {export.request['adopt']} to link"
        return _failed(_failing(facts, "reference", "not_found", message), lifecycle, delays, export)
    if not exports.surely_absent(export, facts.now, delays.settle):
        since = str(export.doubt_since)
        waiting = replace(exports.in_doubt(export, facts.now, delays.settle, None), doubt_since=since)
        return Decision(facts.item, changes=(PutExport(waiting, facts.item, "in_doubt"), attempt))
    going = exports.sending(export, facts.now, delays.lease)
    return Decision(facts.item, changes=(PutExport(going, facts.item, "requested"), attempt))


def _gone(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision | Refusal:
    return _unlinked(facts, lifecycle, export, "gone")


def _still_there(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision | Refusal:
    return _unlinked(facts, lifecycle, export, "still_there")


def _unlinked(facts: Facts, lifecycle: Lifecycle, export: Export, event: str) -> Decision | Refusal:
    details: dict[str, Any] = {"export": export.key}
    if event == "still_there":
        message = f"{facts.item.erp_id} is still in the ERP: delete it there, then unlink again"
        details["error"] = (
            _error(facts) if "error" in facts.command.data else {"class": "precondition", "message": message}
        )
    moved = _moved(facts, lifecycle, event, details)
    if isinstance(moved, Refusal):
        return moved
    ended = exports.succeeded(export, facts.now, export.erp_id)
    if event == "gone":
        ended = replace(ended, erp_id=None, holds=False, tried=False)
    attempt = PutAttempt(export.key, export.attempt, export.mode, event)
    changes = [*moved.changes, PutExport(ended, moved.item), attempt]
    if event == "still_there":
        changes.append(Meet(moved.item, (moved.item.key,)))  # for whoever began to wait meanwhile
    return replace(moved, changes=tuple(changes))


def _failed_any(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision | Refusal:
    if facts.command.name == "report_export":
        return _failed(facts, lifecycle, delays, export)
    error = _error(facts)
    if error["class"] in exports.AGAIN and (later := exports.retrying(export, facts.now, delays, error)):
        return Decision(facts.item, changes=(PutExport(later, facts.item, "retrying"),))
    return _unlinked(facts, lifecycle, export, "still_there")


def _moved(facts: Facts, lifecycle: Lifecycle, event: str, details: dict[str, Any]) -> Decision | Refusal:
    move = lifecycle.move(event, facts)
    if move is None or isinstance(move, Refusal):
        return move or Decision(facts.item)
    work = Performance(facts, details)
    work.move(move)
    return work.decision()


_ANSWERS: Final = {
    "succeeded": _succeeded,
    "failed": _failed_any,
    "in_doubt": _in_doubt,
    "absent": _absent,
    "gone": _gone,
    "still_there": _still_there,
}
