"""What mails are decided from: items, people and companies as they are now."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from engine import times
from engine.facts import Company, Item, Person
from engine.store import bulk
from engine.store.database import Database

_ITEM: Final = (
    "company, item_type, id, state, version, project, title, payload, created_by, sent_by, accepted_by, "
    "url, error, updated_at"
)
# The third condition repeats what the second implies, so that both databases use the index of what is open.
_OPEN: Final = """company = :company AND state IN ('ready_to_export', 'ready_to_update', 'failed')
                  AND state NOT IN ('synced', 'archived')"""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A company, when it was created, and its active people by e-mail address."""

    company: Company
    created_at: datetime
    people: dict[str, Person] = field(default_factory=dict)


def companies(connection: Connection, slug: str | None = None) -> list[Tenant]:
    """Every company, or the one with this slug, without its people."""
    return _companies(connection, None if slug is None else bulk.array(connection, [slug]))


def tenants(connection: Connection, slugs: Iterable[str]) -> dict[str, Tenant]:
    """The companies with these slugs, each with its active people."""
    named = bulk.array(connection, sorted(set(slugs)))
    found = {each.company.slug: each for each in _companies(connection, named)}
    columns = "company, email, name, erp, can_push_to_accounting, projects, daily_summary"
    for row in _rows(connection, f"SELECT {columns} FROM people", "company", named, "active"):
        if row[0] in found:
            found[row[0]].people[row[1]] = _person(row)
    return found


def items(connection: Connection, keys: Iterable[str]) -> dict[str, Item]:
    """The items with these keys, as far as they exist."""
    wanted = bulk.array(connection, sorted(set(keys)))
    found = (_item(row) for row in _rows(connection, f"SELECT {_ITEM} FROM items", "key", wanted))
    return {item.key: item for item in found}


def open_items(connection: Connection, company: str) -> list[Item]:
    """What waits for an approver's word in a company, and what failed; oldest first and without payloads."""
    columns = _ITEM.replace("payload", "'{}'")
    sql = f"SELECT {columns} FROM items WHERE {_OPEN} ORDER BY updated_at, id"
    return [_item(row) for row in bulk.run(connection, sql, company=company)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one company's summaries are decided from."""

    tenant: Tenant
    items: tuple[Item, ...]


def waiting(database: Database, company: str) -> Waiting | None:
    """One consistent view of a company's open items and people."""
    with database.read() as connection:
        tenant = tenants(connection, [company]).get(company)
        return None if tenant is None else Waiting(tenant, tuple(open_items(connection, company)))


def _companies(connection: Connection, named: Any) -> list[Tenant]:
    columns = "slug, name, currency, timezone, daily_summary_at, templates, created_at"
    return [
        Tenant(Company(*company), times.moment(created_at))
        for *company, created_at in _rows(connection, f"SELECT {columns} FROM companies", "slug", named)
    ]


def _rows(connection: Connection, sql: str, column: str, values: Any, *conditions: str) -> Any:
    where = [*conditions, *([] if values is None else [bulk.among(connection, column, "wanted")])]
    parameters = {} if values is None else {"wanted": values}
    return bulk.run(connection, f"{sql} WHERE {' AND '.join(where)}" if where else sql, **parameters)


def _person(row: Any) -> Person:
    _, email, name, erp, can_push, projects, daily_summary = row
    return Person(
        email=email,
        name=name,
        erp=erp,
        can_push_to_accounting=bool(can_push),
        projects=None if projects is None else tuple(json.loads(projects)),
        daily_summary=bool(daily_summary),
    )


def _item(row: Any) -> Item:
    company, item_type, id_, state, version, project, title, payload, *people, url, error, updated_at = row
    created_by, sent_by, accepted_by = people
    return Item(
        company=company,
        item_type=item_type,
        id=id_,
        state=state,
        version=version,
        project=project,
        title=title,
        payload=json.loads(payload),
        created_by=created_by,
        sent_by=sent_by,
        accepted_by=accepted_by,
        url=url,
        error=None if error is None else json.loads(error),
        updated_at=updated_at,
    )
