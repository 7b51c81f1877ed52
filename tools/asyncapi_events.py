"""The schemas of what Countersign publishes: outcomes, item events, export events, dead letters, mails."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.effects import Effect, Emit
from engine.facts import CODES
from engine.messages import OURS
from engine.workflow import State
from tools.asyncapi_values import Schema, envelope, optional, ref, text, thing
from workflows import item_types

MALFORMED: Final = "malformed"  # the code where a command cannot even be read
_MODES: Final = ("send", "lookup", "unlink")
_DETAILS: Final[Mapping[str, Schema]] = {
    "comment": text("what the approver said"),
    "fields": ref("Fields"),
    "waiting_on": {
        "type": "array",
        "description": "item keys, `cost_code:<code>/<category>`, `budget:<project>`",
        "items": text(),
        "minItems": 1,
    },
    "erp_id": text("the record in the ERP"),
    "export": ref("ExportKey"),
    "error": ref("Error"),
}
# What an event always tells beside the item; the rest may be there.
ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "waiting": ("waiting_on",),
    "accepted": ("export",),
    "replayed": ("export",),
    "linked": ("export", "erp_id"),
    "synced": ("export", "erp_id"),
    "awaiting_posting": ("export", "erp_id"),
    "failed": ("export", "error"),
    "unlinked": ("export",),
    "unlink_refused": ("export", "error"),
}


def steps() -> dict[str, dict[tuple[str, str], list[str]]]:
    """Each item event with its (state before, state after) and the item types that take that step."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for name, kind in item_types().items():
        for event, before, after in _emitted(kind.workflow.rows):
            types = found.setdefault(event, {}).setdefault((before, after), [])
            if name not in types:
                types.append(name)
    return found


def _emitted(rows: Any) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        for then in row.then:
            if isinstance(then, Emit):
                yield then.event, str(row.source), str(row.target)
            elif then is Effect.WAIT:
                yield "waiting", str(row.target), str(row.target)


def messages() -> dict[str, Schema]:
    """Everything that is published, as AsyncAPI messages."""
    return {
        "command.applied": _outcome("applied"),
        "command.refused": _outcome("refused"),
        **{f"item.{event}": _item_event(event, taken) for event, taken in steps().items()},
        **{f"export.{event}": _export_event(event) for event in ("requested", "retrying", "in_doubt")},
        **{f"dead_letter.{event}": _dead_letter(event) for event in ("added", "resolved")},
        "notification.sent": _notification(),
    }


def _message(name: str, required: Mapping[str, Schema], more: Mapping[str, Schema] | None = None) -> Schema:
    type_ = f"countersign.{name}.v1"
    attributes: dict[str, Schema] = {"source": {"const": OURS}, "time": ref("Time"), **required}
    return {"name": type_, "title": name, "payload": envelope(type_, attributes, more)}


def _outcome(verdict: str) -> Schema:
    command = thing({"source": text(), "id": text(), "type": text()})
    data: dict[str, Schema] = {
        "command": {"oneOf": [command, {"type": "null"}]},
        "item": {"type": ["string", "null"], "description": "the command's subject"},
        "state": {"type": ["string", "null"], "description": "null where there is no such item"},
        "version": {"type": ["integer", "null"]},
    }
    if verdict == "refused":
        data["reason"] = _reason()
    return _message(f"command.{verdict}", {"data": thing(data)}, {"subject": text()})


def _reason() -> Schema:
    problem = thing({"path": text(), "message": text()})
    return thing(
        {
            "code": {"enum": [MALFORMED, *CODES], "description": "the first that holds, in this order"},
            "message": text(),
        },
        {
            "errors": {"type": "array", "items": problem, "minItems": 1},
            "blocked_by": {"type": "array", "items": text(), "minItems": 1},
        },
    )


def _item_event(event: str, taken: Mapping[tuple[str, str], list[str]]) -> Schema:
    kinds = [name for name in item_types() if any(name in types for types in taken.values())]
    states = sorted({step[0] for step in taken} - {State.NEW})
    before: Schema = {"enum": [*states, None] if any(step[0] == State.NEW for step in taken) else states}
    always = {name: _DETAILS[name] for name in ALWAYS.get(event, ())}
    data = thing(
        {
            "item": ref("Item"),
            "previous_state": before | {"description": "null before the first command"},
            "actor": text(),
            "cause": ref("Cause"),
            **always,
        },
        {name: schema for name, schema in _DETAILS.items() if name not in always},
    )
    item = {"type": {"enum": kinds}, "state": {"enum": sorted({step[1] for step in taken})}}
    data["allOf"] = [{"properties": {"item": {"properties": item}}}]
    sequence = {
        "type": "integer",
        "minimum": 1,
        "description": "1, 2, 3 ... for each item, without a gap; the history's number",
    }
    return _message(f"item.{event}", {"subject": ref("ItemKey"), "sequence": sequence, "data": data})


def _export_event(event: str) -> Schema:
    always: dict[str, Schema] = {
        "export": ref("ExportKey"),
        "attempt": ref("Attempt"),
        "mode": {"enum": list(_MODES)},
        "item": ref("Item"),
    }
    if event != "requested":
        later: dict[str, Schema] = {
            "next_attempt_at": {"type": ["string", "null"]},
            "error": {"type": "object"},
        }
        data = thing(always | later)
    else:
        data = thing(always | _requested(), {"synced_payload": _ANY_PAYLOAD, "adopt": _ADOPT})
        data["oneOf"] = [_branch(name) for name in item_types()]
    return _message(f"export.{event}", {"subject": ref("ExportKey"), "data": data})


_ANY_PAYLOAD: Final[Schema] = {"description": "a payload of the item's type; a tax id is masked"}
_ADOPT: Final = text("the record to link: look it up, create nothing")


def _requested() -> dict[str, Schema]:
    return {
        "earlier_exports": {"type": "array", "items": ref("ExportKey")},
        "lease_until": ref("Time"),
        "payload": _ANY_PAYLOAD,
        "fields": ref("Fields"),
        "references": {
            "type": "object",
            "description": "item key to ERP id",
            "propertyNames": ref("ItemKey"),
            "additionalProperties": text(),
        },
        "integration": thing({"connector": text(), "company": ref("Company")}),
    }


def _branch(kind: str) -> dict[str, Any]:
    payload = ref(f"payload.{kind}")
    return {
        "title": kind,
        "properties": {
            "item": {"properties": {"type": {"const": kind}}},
            "payload": payload,
            "synced_payload": payload,
        },
    }


def _dead_letter(event: str) -> Schema:
    letter: dict[str, Schema] = {
        "id": {"type": "integer"},
        "kind": {"enum": ["message", "export"]},
        "reason": text(),
        "class": text("an error class, `malformed` or `poison`"),
        "code": {"type": ["string", "null"]},
        "message": text(),
        "company": {"type": ["string", "null"]},
        "item": {"type": ["string", "null"]},
        "export": {"type": ["string", "null"]},
        "attempts": {"type": "integer", "minimum": 0},
        "connector": {"type": ["string", "null"]},
    }
    if event == "resolved":
        letter |= {
            "resolution": {
                "enum": ["accepted", "rejected", "linked", "replayed", "discarded"],
            },
            "resolved_by": text(),
        }
    data = thing({"dead_letter": thing(letter)})
    subject = text("the export's key, else the item's, where there is one")
    return _message(f"dead_letter.{event}", {"data": data}, {"subject": subject})


def _notification() -> Schema:
    mail = thing(
        {
            "id": text(),
            "kind": {"enum": ["rejection", "failure", "summary"]},
            "company": ref("Company"),
            "recipient": text(),
            "subject": text(),
            "message_id": optional(text()),
            "cause": text(),
            "items": {"type": "array", "items": ref("ItemKey")},
        }
    )
    return _message("notification.sent", {"subject": ref("Company"), "data": thing({"notification": mail})})
