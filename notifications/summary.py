"""The daily summary: what it says to whom (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from engine import times
from engine.facts import Company, Item
from engine.store.mail import Mail
from engine.store.mail_facts import Waiting
from notifications.decide import mail_id
from notifications.recipients import WAITING, of_summary
from notifications.texts import day as day_text
from notifications.texts import line
from notifications.views import View, Words, company_view, error_view, item_view, zone_of

MOST_LISTED: Final = 25  # items of one type in one mail; the rest is a number and a link


def listed(waiting: Waiting) -> set[str]:
    """The keys of the items that at least one mail will show: only their payloads have to be read."""
    keys: set[str] = set()
    for _, mine in of_summary(waiting.items, waiting.tenant.people):
        for group in _by_type(item for item in mine if item.state in WAITING).values():
            keys.update(item.key for item in group[:MOST_LISTED])
        keys.update(item.key for item in _failed(mine)[:MOST_LISTED])
    return keys


def mails(waiting: Waiting, full: Mapping[str, Item], words: Words, day: date, now: datetime) -> list[Mail]:
    """One mail for each approver for whom something waits; `full` has the listed items' payloads."""
    company = waiting.tenant.company
    found = []
    for person, mine in of_summary(waiting.items, waiting.tenant.people):
        context = {
            "company": company_view(company),
            "recipient": {"name": line(person.name, 120)},
            "day": f"{day:%A}, {day.day} {day:%B %Y}",
            "waiting": sum(item.state in WAITING for item in mine),
            **_lists(mine, full, company, words),
        }
        id_ = mail_id("summary", company.slug, day.isoformat(), person.email)
        cause, at = day.isoformat(), times.text(now)
        found.append(Mail(id_, company.slug, "summary", person.email, cause, context, at, due_at=at))
    return found


def _lists(mine: Sequence[Item], full: Mapping[str, Item], company: Company, words: Words) -> dict[str, Any]:
    groups = _by_type(item for item in mine if item.state in WAITING)
    failed = _failed(mine)
    order = {item_type: index for index, item_type in enumerate(words.labels)}
    return {
        "groups": [
            {
                "type": item_type,
                "label": words.label(item_type),
                "count": len(groups[item_type]),
                "more": max(0, len(groups[item_type]) - MOST_LISTED),
                "items": [_row(item, full, company, words) for item in groups[item_type][:MOST_LISTED]],
            }
            for item_type in sorted(groups, key=lambda name: (order.get(name, len(order)), name))
        ],
        "failed": {
            "count": len(failed),
            "more": max(0, len(failed) - MOST_LISTED),
            "items": [_row(item, full, company, words) for item in failed[:MOST_LISTED]],
        },
    }


def _row(item: Item, full: Mapping[str, Item], company: Company, words: Words) -> View:
    item = full.get(item.key, item)
    return {
        **item_view(item, company, words, full),
        "since": day_text(item.updated_at, zone_of(company)),
        "error": _error(item) if item.state == "failed" else None,
    }


def _error(item: Item) -> View:
    error = item.error or {}
    message = error.get("message") or "The ERP gave no reason."
    return error_view(item, error.get("class") or "bug", error.get("code"), message)


def _by_type(items: Iterable[Item]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.item_type, []).append(item)
    return groups


def _failed(items: Iterable[Item]) -> list[Item]:
    return [item for item in items if item.state == "failed"]
