"""From events to mails: pure, so that a repeated event makes the very same mails."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from engine import times
from engine.facts import Item
from engine.store.mail import Mail
from engine.store.mail_facts import Tenant
from notifications.events import ExportFailed, Rejected
from notifications.recipients import of_failure, of_rejection
from notifications.texts import line, moment, paragraph, without
from notifications.views import (
    Words,
    company_view,
    error_view,
    item_view,
    person_view,
    secrets_of,
    zone_of,
)

MOST_LISTED: Final = 50  # exports in one failure mail; the rest is a number and a link


@dataclass(frozen=True, slots=True)
class Known:
    """What was read from the store for a batch of events."""

    tenants: Mapping[str, Tenant]
    items: Mapping[str, Item]
    gathering: Mapping[tuple[str, str], str]  # company and recipient to when the failure mail is due


def mail_id(kind: str, company: str, cause: str, recipient: str) -> str:
    """The same for the same kind, cause and person, and for nothing else."""
    text = f"{kind}\0{company}\0{cause}\0{recipient.casefold()}"
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def of_rejected(event: Rejected, known: Known, words: Words, now: datetime) -> list[Mail]:
    """One mail for each person who has to know that an item was rejected."""
    tenant = known.tenants.get(event.company)
    if tenant is None:
        return []
    item = known.items.get(event.key) or _as_told(event)
    comment = without(paragraph(event.comment), secrets_of(item)) if event.comment else None
    shown = {
        "company": company_view(tenant.company),
        "item": item_view(item, tenant.company, words, known.items),
        "rejected_by": person_view(event.actor, tenant.people),
        "rejected_at": moment(event.at, zone_of(tenant.company)),
        "comment": comment,
    }
    return [
        _mail(
            "rejection",
            event.company,
            person.email,
            event.event,
            _to(shown, person.name),
            now,
            times.text(now),
        )
        for person in of_rejection(item, tenant.people)
    ]


def of_export_failed(
    event: ExportFailed, known: Known, words: Words, now: datetime, window: timedelta
) -> list[Mail]:
    """One mail for each person who has to know that an export failed; it waits for others like it."""
    tenant, item = known.tenants.get(event.company), known.items.get(event.key)
    if tenant is None or item is None:
        return []
    shown = {
        "company": company_view(tenant.company),
        "export": {
            "key": line(event.export),
            "item": item_view(item, tenant.company, words, known.items),
            "error": error_view(item, event.error_class, event.code, event.message),
            "accepted_by": person_view(item.accepted_by, tenant.people),
            "failed_at": moment(event.at, zone_of(tenant.company)),
            "attempts": event.attempts,
        },
    }
    return [
        _mail(
            "failure",
            event.company,
            person.email,
            event.dead_letter,
            _to(shown, person.name),
            now,
            known.gathering.get((event.company, person.email)) or times.text(now + window),
        )
        for person in of_failure(item, tenant.people)
    ]


def gather(mails: Sequence[Mail]) -> dict[str, Any]:
    """The context of the one failure mail that stands for several."""
    exports = [each.context["export"] for each in mails]
    return {
        "company": mails[0].context["company"],
        "recipient": mails[0].context["recipient"],
        "exports": exports[:MOST_LISTED],
        "count": len(exports),
        "more": max(0, len(exports) - MOST_LISTED),
        "labels": sorted({export["item"]["label"] for export in exports}),
        "gathered": [each.id for each in mails],
    }


def _to(shown: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**shown, "recipient": {"name": line(name, 120)}}


def _mail(
    kind: str,
    company: str,
    recipient: str,
    cause: str,
    context: Mapping[str, Any],
    now: datetime,
    due_at: str,
) -> Mail:
    id_ = mail_id(kind, company, cause, recipient)
    return Mail(id_, company, kind, recipient, cause, context, created_at=times.text(now), due_at=due_at)


def _as_told(event: Rejected) -> Item:
    company, item_type, id_ = event.key.split("/")
    return Item(company, item_type, id_, title=event.title, project=event.project)
