"""Rows of the tables as values, and values as rows."""

import json
from collections.abc import Mapping
from typing import Any

from engine.facts import Company, Export, Integration, Item, Person
from engine.messages import dump

Row = Mapping[str, Any]


def item(row: Row) -> Item:
    """A row of `items`."""
    return Item(
        company=row["company"],
        item_type=row["item_type"],
        id=row["id"],
        state=row["state"],
        version=row["version"],
        sequence=row["sequence"],
        head=row["head"],
        project=row["project"],
        title=row["title"],
        payload=_loaded(row["payload"]),
        fields=_loaded(row["fields"]),
        waiting_on=tuple(_loaded(row["waiting_on"])),
        synced_version=row["synced_version"],
        synced_payload=_loaded(row["synced_payload"]),
        erp_id=row["erp_id"],
        erp_lines=_loaded(row["erp_lines"]),
        created_by=row["created_by"],
        sent_by=row["sent_by"],
        accepted_by=row["accepted_by"],
        comment=row["comment"],
        error=_loaded(row["error"]),
        url=row["url"],
        attachments=tuple(_loaded(row["attachments"])),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


_JSON = ("payload", "fields", "waiting_on", "erp_lines", "attachments")
_NULLABLE_JSON = ("synced_payload", "error")
_EMPTY = {"{}": dict, "[]": list}  # most are
_KEYS = ("company", "item_type", "id", "state", "version", "sequence", "head", "project", "title")
_PLAIN = (
    *_KEYS,
    "synced_version",
    "erp_id",
    "created_by",
    "sent_by",
    "accepted_by",
    "comment",
    "url",
    "created_at",
)
ITEM_FIELDS = (*_PLAIN, "updated_at", *_JSON, *_NULLABLE_JSON)


def _cell(name: str, value: Any) -> Any:
    if name in _JSON or (name in _NULLABLE_JSON and value is not None):
        if not value:
            return "[]" if isinstance(value, tuple) else "{}"
        return dump(list(value) if isinstance(value, tuple) else dict(value))
    return value


def new_item(value: Item) -> dict[str, Any]:
    """A whole row for an item that was not there."""
    return {"key": value.key, **{name: _cell(name, getattr(value, name)) for name in ITEM_FIELDS}}


def changed_item(before: Item, after: Item) -> dict[str, Any]:
    """The key and only the columns that differ."""
    row = {"key": after.key}
    for name in ITEM_FIELDS:
        value = getattr(after, name)
        if value is not getattr(before, name) and value != getattr(before, name):
            row[name] = _cell(name, value)
    return row


def export(row: Row) -> Export:
    """A row of `exports`."""
    return Export(
        key=row["key"],
        item=row["item"],
        company=row["company"],
        connector=row["connector"],
        version=row["version"],
        status=row["status"],
        attempt=row["attempt"],
        mode=row["mode"],
        requested_at=row["requested_at"],
        due_at=row["due_at"],
        tries=row["tries"],
        worker=row["worker"],
        request=json.loads(row["request"]),
        error=_loaded(row["error"]),
        erp_id=row["erp_id"],
        holds=bool(row["holds"]),
        tried=bool(row["tried"]),
        doubt_since=row["doubt_since"],
        finished_at=row["finished_at"],
    )


def export_row(value: Export) -> dict[str, Any]:
    """A value as a row of `exports`."""
    return {
        "key": value.key,
        "item": value.item,
        "company": value.company,
        "connector": value.connector,
        "version": value.version,
        "status": value.status,
        "attempt": value.attempt,
        "mode": value.mode,
        "tries": value.tries,
        "due_at": value.due_at,
        "worker": value.worker,
        "request": dump(dict(value.request)),
        "error": None if value.error is None else dump(dict(value.error)),
        "erp_id": value.erp_id,
        "holds": value.holds,
        "tried": value.tried,
        "doubt_since": value.doubt_since,
        "requested_at": value.requested_at,
        "finished_at": value.finished_at,
    }


def company(row: Row) -> Company:
    """A row of `companies` with the columns of its integration beside it."""
    integration = None
    if row["connector"] is not None:
        integration = Integration(
            row["connector"], json.loads(row["settings"]), json.loads(row["profile"]), row["export"]
        )
    return Company(
        slug=row["slug"],
        name=row["name"],
        currency=row["currency"],
        timezone=row["timezone"],
        daily_summary_at=row["daily_summary_at"],
        templates=row["templates"],
        integration=integration,
    )


def person(row: Row) -> Person:
    """A row of `people`."""
    return Person(
        email=row["email"],
        name=row["name"],
        erp=row["erp"],
        can_push_to_accounting=bool(row["can_push_to_accounting"]),
        projects=_names(row["projects"]),
        tools=json.loads(row["tools"]),
        tool_projects=_names(row["tool_projects"]),
        directory=row["directory"],
        daily_summary=bool(row["daily_summary"]),
    )


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(json.loads(text))


def _loaded(text: str | None) -> Any:
    if text is None:
        return None
    return _EMPTY[text]() if text in _EMPTY else json.loads(text)
