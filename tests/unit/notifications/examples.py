"""A small company for the tests about mails."""

import json
from datetime import UTC, datetime
from typing import Any

from engine.facts import Company, Item, Person
from engine.messages import Message
from engine.store.mail_facts import Tenant
from notifications.decide import Known
from notifications.views import Words

NOW = datetime(2026, 11, 20, 15, 2, tzinfo=UTC)
CONSOLE = "https://countersign.acme.test"
SENDER = "Countersign <countersign@mail.acme.test>"
WORDS = Words(CONSOLE, {"project": "Project", "commitment": "Commitment", "company": "Company"})


def person(name: str, **rights: Any) -> Person:
    """Somebody at acme.test."""
    return Person(f"{name}@acme.test", name.title(), **rights)


def approver(name: str, **rights: Any) -> Person:
    """An accounting approver, of every project unless named."""
    return person(name, erp="standard", can_push_to_accounting=True, **rights)


def item(id_: str = "SC-1", item_type: str = "commitment", **more: Any) -> Item:
    """An item of acme."""
    values = {"state": "ready_to_export", "project": "P-17", "title": f"Title of {id_}"}
    values |= {"updated_at": "2026-11-18T10:00:00.000000Z"}
    return Item("acme", item_type, id_, **(values | more))


def known(items: list[Item], people: list[Person], **company: Any) -> Known:
    """What the store knows."""
    tenant = Tenant(Company("acme", "Acme Builders", **company), NOW, {each.email: each for each in people})
    return Known({"acme": tenant}, {each.key: each for each in items}, {})


def rejected(key: str = "acme/commitment/SC-1", id_: str = "event-1", **more: Any) -> Message:
    """The event of a rejection."""
    data = {"item": {"key": key, "title": "As told", "project": "P-17"}, "actor": "pat@acme.test"} | more
    return _event("countersign.item.rejected.v1", id_, key, data)


def dead_letter(number: int = 1, key: str = "acme/commitment/SC-1", **more: Any) -> Message:
    """The event of an export that became a dead letter."""
    letter = {"id": number, "kind": "export", "reason": "failed", "class": "validation", "code": "too_long"}
    letter |= {"message": "The description is too long.", "company": "acme", "item": key}
    letter |= {"export": f"{key}@1", "attempts": 1, "connector": "sandbox"} | more
    data = {"dead_letter": letter}
    return _event("countersign.dead_letter.added.v1", f"dead-{number}", str(number), data)


def _event(type_: str, id_: str, subject: str, data: dict[str, Any]) -> Message:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": id_,
        "source": "/countersign",
        "type": type_,
        "subject": subject,
    }
    event |= {"time": "2026-11-20T15:00:00.000000Z", "data": data}
    return Message(json.dumps(event).encode(), "application/cloudevents+json", id_)
