"""What a decision leaves behind: history entries in their chain, events, outcomes, dead letters' announcements."""

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from engine.changes import Happened, PutExport
from engine.facts import Item, Refusal
from engine.ledger import Entry, Publication
from engine.messages import Command, Message, canonical, dump, envelope

BUCKETS: Final = 64  # partitions of the outbox, by hash of the subject
MASKED: Final = "•••"
_MUST_ARRIVE: Final = frozenset(("rejected",))  # item events that a queue of ours has to have
_ENTRY_DETAILS: Final = ("comment", "fields", "waiting_on", "erp_id", "export", "error")


def bucket(subject: str | None) -> int:
    """The partition of a subject: all events of one item are in one."""
    return zlib.crc32((subject or "").encode("utf-8", "replace")) % BUCKETS


def history(
    happened: Sequence[Happened], item: Item, command: Command, actor: str, now: str
) -> list[tuple[Entry, Happened]]:
    """Numbered entries, each with the hash of the one before: SHA-256 over its canonical JSON as stored.

    An entry that brings another payload has that payload's hash; the entries after it speak of the same one.
    """
    sequence, head, payload, found = item.sequence, item.head, item.payload, []
    for each in happened:
        sequence += 1
        entry: dict[str, Any] = {
            "item": each.item.key,
            "sequence": sequence,
            "event": each.event,
            "from": each.previous_state,
            "state": each.item.state,
            "version": each.item.version,
            "title": each.item.title,
            "actor": actor,
            "at": now,
            "cause": {"source": command.source, "id": command.id},
            "prev": head,
        }
        if each.item.payload is not payload:
            payload = each.item.payload
            entry["payload"] = hashlib.sha256(canonical(dict(payload)).encode()).hexdigest()
        entry |= {name: each.details[name] for name in _ENTRY_DETAILS if name in each.details}
        text = canonical(entry)
        head = hashlib.sha256(text.encode()).hexdigest()
        found.append((Entry(each.item.key, sequence, text, head), each))
    return found


def item_event(entry: Entry, happened: Happened, command: Command, actor: str, now: str) -> Publication:
    """The public event of one history entry."""
    item, type_ = happened.item, f"countersign.item.{happened.event}.v1"
    data: dict[str, Any] = {
        "item": described(item),
        "previous_state": None if happened.previous_state == "new" else happened.previous_state,
        "actor": actor,
        "cause": {"source": command.source, "id": command.id},
    }
    data |= {name: happened.details[name] for name in _ENTRY_DETAILS if name in happened.details}
    event_id = str(uuid4())
    return Publication(
        type=type_,
        subject=item.key,
        company=item.company,
        at=now,
        id=event_id,
        body=dump(envelope(type_, item.key, data, id_=event_id, time=now, sequence=entry.sequence)),
        routing_key=f"item.{item.item_type}.{happened.event}.{item.company}",
        mandatory=happened.event in _MUST_ARRIVE,
    )


def described(item: Item) -> dict[str, Any]:
    """The item as every event shows it."""
    return {
        "key": item.key,
        "type": item.item_type,
        "title": item.title,
        "project": item.project,
        "state": item.state,
        "version": item.version,
        "editable": item.editable,
    }


def outcome(
    command: Command,
    company: str | None,
    now: str,
    item: Item | None,
    refusal: Refusal | None,
    *,
    stored: bool = True,
) -> Publication:
    """The one answer to a command; an answer that is not stored has an id that a repeat will have too."""
    verdict = "refused" if refusal else "applied"
    type_ = f"countersign.command.{verdict}.v1"
    exists = item is not None and item.version > 0
    subject = item.key if item is not None else command.subject
    data: dict[str, Any] = {
        "command": {"source": command.source, "id": command.id, "type": command.type},
        "item": subject,
        "state": item.state if item is not None and exists else None,
        "version": item.version if item is not None and exists else None,
    }
    if refusal:
        data["reason"] = reason(refusal)
    name = command.key + command.content + (refusal.code if refusal else "").encode()
    event_id = str(uuid4()) if stored else str(uuid5(NAMESPACE_URL, name.hex()))
    return Publication(
        type=type_,
        subject=subject,
        company=company,
        at=now,
        id=event_id,
        body=dump(envelope(type_, subject, data, id_=event_id, time=now)),
        routing_key=f"command.{verdict}.{company or '-'}",
    )


def reason(refusal: Refusal) -> dict[str, Any]:
    """A refusal as its sender reads it."""
    found: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.errors:
        found["errors"] = [{"path": path, "message": message} for path, message in refusal.errors]
    if refusal.blocked_by:
        found["blocked_by"] = list(refusal.blocked_by)
    return found


def export_event(change: PutExport, integration: Mapping[str, Any], now: str) -> Publication:
    """`export.requested`, `export.retrying` or `export.in_doubt`."""
    export, item = change.export, change.item
    type_ = f"countersign.export.{change.event}.v1"
    data: dict[str, Any] = {
        "export": export.key,
        "attempt": export.attempt,
        "mode": export.mode,
        "item": described(item),
    }
    if change.event == "requested":
        data |= {
            "earlier_exports": list(export.request.get("earlier_exports", ())),
            "lease_until": export.due_at,
            "payload": masked(item.payload),
            "fields": dict(item.fields),
            "references": dict(export.request.get("references", {})),
            "integration": dict(integration),
        }
        if item.synced_payload is not None:
            data["synced_payload"] = masked(item.synced_payload)
        if adopt := export.request.get("adopt"):
            data["adopt"] = adopt
    else:
        data |= {"next_attempt_at": export.due_at, "error": dict(export.error or {})}
    event_id = str(uuid4())
    return Publication(
        type=type_,
        subject=export.key,
        company=export.company,
        at=now,
        id=event_id,
        body=dump(envelope(type_, export.key, data, id_=event_id, time=now)),
        routing_key=f"export.{export.connector}.{change.event}.{export.company}",
        mandatory=change.event == "requested",
    )


def masked(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload as it may travel: without the tax id."""
    return {**payload, "tax_id": MASKED} if payload.get("tax_id") else dict(payload)


def dead_letter_event(row: Mapping[str, Any], event: str, now: str) -> Publication:
    """`dead_letter.added` or `dead_letter.resolved`."""
    type_ = f"countersign.dead_letter.{event}.v1"
    company = row.get("company")
    subject = row.get("export") or row.get("item")
    event_id = str(uuid4())
    body = dump(envelope(type_, subject, {"dead_letter": dict(row)}, id_=event_id, time=now))
    return Publication(
        type=type_,
        subject=subject,
        company=company,
        at=now,
        id=event_id,
        body=body,
        routing_key=f"dead_letter.{event}.{company or '-'}",
        mandatory=event == "added",
    )


def malformed(message: Message, problem: str, now: str) -> Publication:
    """The answer to a message that is no readable command."""
    event_id = str(uuid5(NAMESPACE_URL, hashlib.sha256(message.body).hexdigest()))
    type_ = "countersign.command.refused.v1"
    data: dict[str, Any] = {"command": None, "item": None, "state": None, "version": None}
    data |= {"reason": {"code": "malformed", "message": problem}}
    body = dump(envelope(type_, None, data, id_=event_id, time=now))
    return Publication(type=type_, subject=None, company=None, at=now, id=event_id, body=body)


def event_id(body: str) -> str:
    """The id of a stored event."""
    found: str = json.loads(body)["id"]
    return found
