"""What several schemas of the published messages share: keys, names, the envelope, the item types' payloads."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from engine.service.exports import CLASSES
from engine.workflow import State
from workflows import item_types

Schema: TypeAlias = dict[str, Any]

_COMPANY: Final = "[a-z0-9-]{1,40}"
_ID: Final = "[A-Za-z0-9._-]{1,64}"
_TIME: Final = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}"
# A line break would end a header of a mail; the rest cannot be printed.
ONE_LINE: Final = r"^[^\x00-\x1f\x7f\ud800-\udfff]*$"
STATES: Final = tuple(str(state) for state in State if state is not State.NEW)


def ref(name: str) -> Schema:
    """A reference to a shared schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(description: str = "", **more: Any) -> Schema:
    """A string."""
    return {"type": "string", **({"description": description} if description else {}), **more}


def optional(schema: Schema) -> Schema:
    """The same, or null."""
    return {**schema, "type": [schema["type"], "null"]}


def thing(
    required: Mapping[str, Schema], more: Mapping[str, Schema] | None = None, *, closed: bool = False
) -> Schema:
    """An object; a closed one has no other properties."""
    found: Schema = {"type": "object", "properties": {**required, **(more or {})}}
    if required:
        found["required"] = list(required)
    if closed:
        found["additionalProperties"] = False
    return found


def item_key(kinds: Iterable[str] = ()) -> Schema:
    """The key of an item of one of these types."""
    names = "|".join(kinds or item_types())
    return text("`<company>/<item type>/<id>`", pattern=f"^{_COMPANY}/({names})/{_ID}$")


def shared() -> dict[str, Schema]:
    """The schemas that others refer to by name."""
    kinds = tuple(item_types())
    export_key = text("`<item key>@<version>`", pattern=rf"^{_COMPANY}/({'|'.join(kinds)})/{_ID}@[1-9]\d*$")
    return {
        "ItemKey": item_key(),
        "ExportKey": export_key,
        "Company": text("a company's slug", pattern=f"^{_COMPANY}$"),
        "Time": text("RFC 3339", format="date-time", pattern=_TIME),
        "Version": {"type": "integer", "minimum": 1},
        "Attempt": {"type": "integer", "minimum": 1},
        "Item": _item(kinds),
        "Cause": thing({"source": text(), "id": text()}),
        "Fields": {
            "type": "object",
            "description": "what the integration's profile asks of the approver",
            "additionalProperties": text(maxLength=255),
        },
        "Error": _error(),
        **_payloads(),
    }


def _item(kinds: tuple[str, ...]) -> Schema:
    return thing(
        {
            "key": ref("ItemKey"),
            "type": {"enum": list(kinds)},
            "title": {"type": ["string", "null"]},
            "project": {"type": ["string", "null"], "description": "the id of its project"},
            "state": {"enum": list(STATES)},
            "version": ref("Version"),
            "editable": {"type": "boolean", "description": "whether its sender may change it now"},
        }
    )


def _error() -> Schema:
    classes = {"enum": sorted(CLASSES), "description": "decides what happens next"}
    return thing(
        {"class": classes, "message": text("what the ERP said")}, {"code": text("the ERP's own code")}
    )


def _payloads() -> dict[str, Schema]:
    """Each item type's payload as `payload.<item type>`, and the parts of them by their names."""
    found: dict[str, Schema] = {}
    for name, kind in item_types().items():
        schema = kind.payload.model_json_schema(ref_template="#/components/schemas/{model}")
        for part, definition in schema.pop("$defs", {}).items():
            if found.setdefault(part, definition) != definition:
                raise ValueError(f"two item types have different parts of the name {part}: rename one")
        found[f"payload.{name}"] = schema
    return found


def envelope(type_: str, required: Mapping[str, Schema], more: Mapping[str, Schema] | None = None) -> Schema:
    """A CloudEvent in structured mode; extension attributes of its sender are allowed."""
    attributes: dict[str, Schema] = {
        "specversion": {"const": "1.0"},
        "id": text(minLength=1),
        "source": text(minLength=1),
        "type": {"const": type_},
    }
    return thing({**attributes, **required}, {"datacontenttype": text(), **(more or {})})
