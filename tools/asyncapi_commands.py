"""The schemas of commands: one message for each, with the data that it takes."""

from collections.abc import Mapping
from typing import Any, Final

from engine.messages import COMMAND_PREFIX
from engine.service.decide import COMMANDS, REPORTS, ROLES
from tools.asyncapi_values import ONE_LINE, Schema, envelope, item_key, ref, text, thing
from workflows import item_types

_VERSION: Final[Mapping[str, Schema]] = {
    "version": {
        "type": ["integer", "null"],
        "description": "what its giver saw; another current version refuses the command (`stale_version`)",
    }
}
_LINE: Final[Schema] = {"type": ["string", "null"], "maxLength": 255, "pattern": ONE_LINE}
_ADDRESS: Final[Schema] = {
    "type": ["string", "null"],
    "maxLength": 2000,
    "pattern": r"^[hH][tT][tT][pP][sS]?://",
}
_COMMENT: Final[Schema] = {"type": ["string", "null"], "maxLength": 4000}
_ATTACHMENT: Final = thing({"name": _LINE | {"type": "string"}, "url": _ADDRESS}, closed=True)
_BRINGS: Final[Mapping[str, Schema]] = {
    "title": _LINE | {"description": "what lists call it; else the payload's own title, name or number"},
    "payload": {"description": "the item type's payload; a new item needs one"},
    "created_by": _LINE | {"description": "an e-mail address; else the actor of the first command"},
    "url": _ADDRESS | {"description": "where its sender sees it"},
    "attachments": {"type": "array", "maxItems": 100, "items": _ATTACHMENT},
    "dry_run": {"type": "boolean", "description": "true: only the outcome, nothing changes"},
}
_DATA: Final[Mapping[str, Mapping[str, Schema]]] = {
    "send": _BRINGS,
    "draft": _BRINGS,
    "accept": {
        "fields": ref("Fields"),
        "confirm": {"type": "array", "items": text(), "description": "codes of warnings"},
        **_VERSION,
    },
    "reject": {"comment": _COMMENT, **_VERSION},
    "confirm_posting": {
        "comment": _COMMENT | {"description": "required of an approver: where it was seen"},
        **_VERSION,
    },
    "link": {"erp_id": _LINE | {"type": "string", "minLength": 1, "maxLength": 200}},
}
_SUMMARIES: Final[Mapping[str, str]] = {
    "send": "Send an item for acceptance; the first one creates it.",
    "draft": "Keep an item without sending it.",
    "retrieve": "Take back what was sent and not yet decided.",
    "accept": "The approver's yes: this version goes to the ERP.",
    "reject": "The approver's no: back to its sender.",
    "link": "Adopt a vendor that the ERP has already.",
    "confirm_posting": "The ERP shows the posted entries of a budget.",
    "replay": "Try a failed item again with the same accepted fields.",
    "unlink": "Part a synced item from its record in the ERP.",
    "archive": "Put an item away that will not be sent.",
    "restore": "Bring an archived item back.",
    "report_export": "A connector's answer to an attempt.",
    "report_unlink": "A connector's answer to an unlink.",
}
_OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "report_export": ("succeeded", "failed", "in_doubt", "absent"),
    "report_unlink": ("gone", "still_there", "failed"),
}


def kinds_of(command: str) -> tuple[str, ...]:
    """The item types that take a command."""
    events = {"report_export": "succeeded", "report_unlink": "gone"}
    event = events.get(command, command)
    return tuple(name for name, kind in item_types().items() if event in kind.workflow.events)


def messages() -> dict[str, Schema]:
    """Every command as an AsyncAPI message."""
    return {f"command.{name}": _message(name) for name in COMMANDS}


def _message(name: str) -> Schema:
    return {
        "name": f"{COMMAND_PREFIX}{name}.v1",
        "title": name,
        "summary": _SUMMARIES[name],
        "description": f"May be given by: {ROLES[name].value}.",
        "payload": _payload(name),
    }


def _payload(name: str) -> Schema:
    kinds = kinds_of(name)
    actor = text("connector:<kind>", pattern="^connector:.+$") if name in REPORTS else text(minLength=1)
    required: dict[str, Schema] = {"subject": item_key(kinds), "actor": actor}
    data = _report(name) if name in REPORTS else _of_people(name)
    rest: dict[str, Schema] = {"time": ref("Time")}
    (required if data.get("required") else rest)["data"] = data
    found = envelope(f"{COMMAND_PREFIX}{name}.v1", required, rest)
    if name in ("send", "draft"):
        found["oneOf"] = [_branch(kind) for kind in kinds]
    return found


def _of_people(name: str) -> Schema:
    fields = _DATA.get(name, _VERSION)
    if name == "link":
        return thing(fields, closed=True)
    return thing({}, fields, closed=True)


def _branch(kind: str) -> dict[str, Any]:
    """The payload that fits a subject's item type."""
    data = {"properties": {"payload": ref(f"payload.{kind}")}}
    return {"title": kind, "properties": {"subject": item_key([kind]), "data": data}}


def _report(name: str) -> Schema:
    outcome = {"outcome": {"enum": list(_OUTCOMES[name])}}
    error = {"error": ref("Error"), "traceback": text("for the dead letter, where it is a bug")}
    if name == "report_unlink":
        return thing(outcome, error)
    attempt = {
        "export": ref("ExportKey"),
        "attempt": ref("Attempt"),
    }
    found = thing(
        attempt | outcome,
        {
            "erp_id": text("the record's id in the ERP", minLength=1, maxLength=200),
            "erp_lines": {
                "type": "object",
                "description": "line number to ERP id",
                "additionalProperties": text(),
            },
            "posting": {"enum": ["manual", None], "description": "`manual`: the ERP posts by hand"},
            **error,
        },
    )
    found["allOf"] = [_needs("succeeded", "erp_id"), _needs("failed", "error")]
    return found


def _needs(outcome: str, field: str) -> dict[str, Any]:
    return {"if": {"properties": {"outcome": {"const": outcome}}}, "then": {"required": [field]}}
