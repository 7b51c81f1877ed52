"""What the templates are told about an item: clean, short, and without anything secret."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.facts import Company, Item
from notifications.recipients import People
from notifications.texts import line, money, page, paragraph, web_address, without

View: TypeAlias = dict[str, Any]
Total: TypeAlias = Callable[[str, Mapping[str, Any]], str | None]  # item type and payload to a decimal string

_NEXT: Final = {
    "validation": "Accept it again with other values, or reject it so that its sender can correct it.",
    "reference": "Bring what is missing into the ERP, or correct the reference; then accept it again.",
    "precondition": "Clear what stands in the way in the ERP, then accept it again.",
    "conflict": "Another record has this code in the ERP already: accept it again with another code.",
    "partial": "The ERP holds a part of it: ask your ERP administrator to remove that part first.",
    "auth": "Ask your ERP administrator to check the credentials, then have the integration resumed.",
}
_NEXT_OTHERWISE: Final = "Accept it again once the cause is gone, or reject it so that it can be corrected."


@dataclass(frozen=True, slots=True)
class Words:
    """What turns an item into words: labels of the item types, totals, and where the console is."""

    console_url: str
    labels: Mapping[str, str]
    total: Total | None = None

    def label(self, item_type: str) -> str:
        """What people call an item type."""
        return line(self.labels.get(item_type) or item_type.replace("_", " ").capitalize(), 60)


def zone_of(company: Company) -> ZoneInfo:
    """The company's own time; UTC where the name is unknown here."""
    try:
        return ZoneInfo(company.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def company_view(company: Company) -> View:
    """The company as the templates see it."""
    return {"slug": company.slug, "name": line(company.name or company.slug, 80)}


def item_view(item: Item, company: Company, words: Words, projects: Mapping[str, Item]) -> View:
    """The item as the templates see it; its payload never gets into a mail, only its number and its total."""
    amount = words.total(item.item_type, item.payload) if words.total else None
    in_project = item.project if item.item_type != "project" else None
    project = projects.get(f"{item.company}/project/{in_project}")
    number = without(line(item.payload.get("number") or "", 60), secrets_of(item))
    return {
        "key": item.key,
        "id": item.id,
        "type": item.item_type,
        "label": words.label(item.item_type),
        "number": number or item.id,
        "title": without(line(item.title or item.id), secrets_of(item)),
        "project": None if in_project is None else line(in_project, 64),
        "project_name": line(project.title) if project and project.title else None,
        "total": money(amount, company.currency),
        "url": web_address(item.url),
        "page": page(words.console_url, item.key),
    }


def secrets_of(item: Item) -> tuple[object, ...]:
    """What must not be read in a mail, wherever it turns up."""
    return (item.payload.get("tax_id"),)


def person_view(actor: str | None, people: People) -> View | None:
    """Whoever acted, by name where the directory knows it."""
    if actor is None:
        return None
    person = people.get(actor)
    return {"email": line(actor, 254), "name": line(person.name if person and person.name else actor, 120)}


def error_view(item: Item, error_class: str, code: str | None, message: str) -> View:
    """Why an export failed, and what to do about it."""
    hidden = secrets_of(item)
    return {
        "class": line(error_class, 40),
        "code": without(line(code, 80), hidden) if code else None,
        "message": without(paragraph(message, 1_000), hidden),
        "next": _NEXT.get(error_class, _NEXT_OTHERWISE),
    }
