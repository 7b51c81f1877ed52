"""Decide what a connector reports of an attempt: `report_export` and `report_unlink`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from engine.changes import Breaker, Change, Decision, OpenDeadLetter, PutAttempt, PutExport
from engine.facts import Export, Facts, Refusal
from engine.machine import Lifecycle
from engine.retrying import Delays
from engine.service import exports
from engine.service.effects import Performance
from engine.text import is_printable, printable

_OUTCOMES: Final = {
    "report_export": ("succeeded", "failed", "in_doubt", "absent"),
    "report_unlink": ("gone", "still_there", "failed"),
}
_STATES: Final = {"report_export": "accepted", "report_unlink": "unlinking"}


def decide_report(facts: Facts, lifecycle: Lifecycle, delays: Delays) -> Decision | Refusal:
    """What an answer of a connector means for the item and its export."""
    name, export = facts.command.name, facts.export
    if facts.item.state != _STATES[name] or export is None:
        return _late(facts)
    if name == "report_export" and facts.command.data.get("attempt") != export.attempt:
        return _late(facts)
    if problem := _problem(facts.command.data, _OUTCOMES[name]):
        return Refusal("invalid_payload", f"{problem[0]}: {problem[1]}", errors=(problem,))
    return _ANSWERS[facts.command.data["outcome"]](facts, lifecycle, delays, export)


def _late(facts: Facts) -> Decision | Refusal:
    """An answer to an attempt that is over: the same ERP id changes nothing, another is a double record."""
    item, export, data = facts.item, facts.export, facts.command.data
    current = "nothing" if export is None else f"attempt {export.attempt} of {export.key}"
    expected = _STATES[facts.command.name]
    code = "stale_attempt" if item.state == expected and export is not None else "wrong_state"
    refusal = Refusal(
        code, f"{item.key} is {item.state} and waits for an answer to {current}, not to this one"
    )
    erp_id = data.get("erp_id")
    if (
        data.get("outcome") != "succeeded"
        or not isinstance(erp_id, str)
        or not is_printable(erp_id)
        or export is None
    ):
        return refusal
    known = item.erp_id or export.erp_id
    if known == erp_id:
        return Decision(item)
    if known is None:
        return Decision(item, changes=(PutExport(replace(export, erp_id=erp_id, tried=True), item),))
    return Decision(item, changes=(_duplicate(facts, export, known, erp_id),))


def _duplicate(facts: Facts, export: Export, known: str, other: str) -> OpenDeadLetter:
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


def _problem(data: Mapping[str, Any], outcomes: tuple[str, ...]) -> tuple[str, str] | None:
    outcome = data.get("outcome")
    if outcome not in outcomes:
        return "outcome", f"has to be one of {', '.join(outcomes)}"
    if outcome == "succeeded":
        return _success_problem(data)
    error = data.get("error")
    if outcome == "failed" and not isinstance(error, dict):
        return "error", "a failure needs {class, code, message}"
    if isinstance(error, dict) and outcome == "failed":
        if error.get("class") not in exports.CLASSES:
            return "error.class", f"has to be one of {', '.join(sorted(exports.CLASSES))}"
        if not isinstance(error.get("message"), str):
            return "error.message", "has to say what the ERP said"
    return None


def _success_problem(data: Mapping[str, Any]) -> tuple[str, str] | None:
    erp_id, lines = data.get("erp_id"), data.get("erp_lines", {})
    if not isinstance(erp_id, str) or not erp_id or not is_printable(erp_id):
        return "erp_id", "a success needs the record's id in the ERP"
    if not isinstance(lines, dict) or not all(isinstance(value, str) for value in lines.values()):
        return "erp_lines", "has to be an object of line number to ERP id"
    if data.get("posting") not in (None, "manual"):
        return "posting", "can only be manual"
    return None


def _error(facts: Facts) -> dict[str, Any]:
    """The reported error with what a database and a terminal can take; in doubt unless it names its class."""
    error = facts.command.data.get("error")
    given: Mapping[str, Any] = error if isinstance(error, dict) else {}
    error_class = given.get("class")
    found = {"class": error_class if error_class in exports.CLASSES else "uncertain"}
    if isinstance(code := given.get("code"), str):
        found["code"] = printable(code, 200)
    message = given.get("message")
    found["message"] = (
        printable(message) if isinstance(message, str) and message else "no answer came from the ERP"
    )
    return found


def _succeeded(facts: Facts, lifecycle: Lifecycle, delays: Delays, export: Export) -> Decision | Refusal:
    data = facts.command.data
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
        more.append(_duplicate(facts, export, str(export.erp_id), data["erp_id"]))
    return replace(moved, changes=(*moved.changes, *more))


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
        error = {"class": "reference", "code": "not_found", "message": message}
        failed = replace(facts.command, data={**facts.command.data, "outcome": "failed", "error": error})
        return _failed(replace(facts, command=failed), lifecycle, delays, export)
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
    ended = replace(exports.succeeded(export, facts.now, export.erp_id), holds=event == "still_there")
    attempt = PutAttempt(export.key, export.attempt, export.mode, event)
    return replace(moved, changes=(*moved.changes, PutExport(ended, moved.item), attempt))


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
