"""The directory in the database: companies, integrations, people and sources."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from engine.directory import Directory
from engine.facts import Company, Person
from engine.ledger import Source
from engine.messages import dump
from engine.store import rows
from engine.store.bulk import among, array, insert, is_postgresql, run
from engine.store.integrations import due_now
from engine.store.tables import companies, integrations, people, sources

# Our own advisory lock: two who change the directory take turns.
_LOCK: Final = 0x6469726563746F72

_FORGOTTEN: Final = """UPDATE integrations
    SET state = 'running', reason = NULL, failures = 0, probe_at = NULL,
        last_error = NULL, last_error_at = NULL
    WHERE company = :company AND connector <> :connector"""


def _overwriting(key: str, columns: str) -> str:
    assignments = ", ".join(f"{column} = excluded.{column}" for column in columns.split())
    return f"ON CONFLICT ({key}) DO UPDATE SET {assignments}"


_COMPANY: Final = _overwriting("slug", "name currency timezone daily_summary_at templates")
# What attempts have learned of an ERP stays true while the connector is the same one.
_INTEGRATION: Final = _overwriting("company", "connector settings profile export")
_PERSON: Final = _overwriting(
    "company, email",
    "name erp can_push_to_accounting projects tools tool_projects directory daily_summary active",
)
_SOURCE: Final = _overwriting("source", "broker_user may")


def lock(connection: Connection) -> None:
    """Let nobody else change the directory until this transaction ends."""
    if is_postgresql(connection):
        run(connection, "SELECT pg_advisory_xact_lock(:number)", number=_LOCK)


def read(connection: Connection, slugs: Collection[str] | None = None) -> Directory:
    """The directory as it stands: these companies (all when None) with active people, and every source."""
    found = _companies(connection, slugs)
    return Directory(found, _people(connection, found), _sources(connection))


def states(connection: Connection) -> dict[str, tuple[str, str | None]]:
    """Each company's integration: running, open or stopped, and why."""
    found = run(connection, "SELECT company, state, reason FROM integrations").mappings()
    return {row["company"]: (row["state"], row["reason"]) for row in found}


def connectors(connection: Connection) -> frozenset[str]:
    """The connectors that some company uses."""
    return frozenset(run(connection, "SELECT DISTINCT connector FROM integrations").scalars())


def write(connection: Connection, directory: Directory, now: str) -> None:
    """Let every company and source in `directory` become exactly what is written there; others stay."""
    slugs = list(directory.companies)
    insert(
        connection, companies, [_company_row(each, now) for each in directory.companies.values()], _COMPANY
    )
    _write_integrations(connection, directory.companies, now)
    inactive = f"UPDATE people SET active = false WHERE active AND {among(connection, 'company', 'slugs')}"
    run(connection, inactive, slugs=array(connection, slugs))
    present = [
        _person_row(slug, person) for slug in slugs for person in directory.people.get(slug, {}).values()
    ]
    insert(connection, people, present, _PERSON)
    named = [
        {"source": name, "broker_user": source.broker_user, "may": dump(sorted(source.may))}
        for name, source in directory.sources.items()
    ]
    insert(connection, sources, named, _SOURCE)


def _companies(connection: Connection, slugs: Collection[str] | None) -> dict[str, Company]:
    sql = """SELECT c.*, i.connector, i.settings, i.profile, i.export FROM companies c
             LEFT JOIN integrations i ON i.company = c.slug"""
    chosen = {} if slugs is None else {"slugs": array(connection, sorted(slugs))}
    where = f" WHERE {among(connection, 'c.slug', 'slugs')}" if chosen else ""
    found = run(connection, f"{sql}{where} ORDER BY c.slug", **chosen).mappings()
    return {row["slug"]: rows.company(row) for row in found}


def _people(connection: Connection, slugs: Collection[str]) -> dict[str, dict[str, Person]]:
    sql = f"SELECT * FROM people WHERE active AND {among(connection, 'company', 'slugs')} ORDER BY email"
    found: dict[str, dict[str, Person]] = {slug: {} for slug in slugs}
    for row in run(connection, sql, slugs=array(connection, sorted(slugs))).mappings():
        found[row["company"]][row["email"]] = rows.person(row)
    return found


def _sources(connection: Connection) -> dict[str, Source]:
    found = run(connection, "SELECT source, broker_user, may FROM sources ORDER BY source").mappings()
    return {row["source"]: Source(row["broker_user"], frozenset(json.loads(row["may"]))) for row in found}


def _write_integrations(connection: Connection, written: Mapping[str, Company], now: str) -> None:
    before = states(connection)
    for slug, company in written.items():
        if company.integration is None:
            run(connection, "DELETE FROM integrations WHERE company = :company", company=slug)
        else:
            run(connection, _FORGOTTEN, company=slug, connector=company.integration.connector)
    present = [_integration_row(each) for each in written.values() if each.integration is not None]
    insert(connection, integrations, present, _INTEGRATION)
    running = {slug for slug, (state, _) in states(connection).items() if state == "running"}
    for slug in sorted(running & written.keys()):
        if before.get(slug, ("absent", None))[0] != "running":
            due_now(connection, slug, now)  # what a stopped one has parked has no time of its own


def _company_row(company: Company, now: str) -> dict[str, Any]:
    return {
        "slug": company.slug,
        "name": company.name,
        "currency": company.currency,
        "timezone": company.timezone,
        "daily_summary_at": company.daily_summary_at,
        "templates": company.templates,
        "created_at": now,
    }


def _integration_row(company: Company) -> dict[str, Any]:
    integration = company.integration
    if integration is None:
        raise ValueError(f"{company.slug} has no integration")
    return {
        "company": company.slug,
        "connector": integration.connector,
        "settings": dump(dict(integration.settings)),
        "profile": dump(dict(integration.profile)),
        "export": integration.export,
        "state": "running",
        "failures": 0,
    }


def _person_row(slug: str, person: Person) -> dict[str, Any]:
    return {
        "company": slug,
        "email": person.email,
        "name": person.name,
        "erp": person.erp,
        "can_push_to_accounting": person.can_push_to_accounting,
        "projects": None if person.projects is None else dump(list(person.projects)),
        "tools": dump(dict(person.tools)),
        "tool_projects": None if person.tool_projects is None else dump(list(person.tool_projects)),
        "directory": person.directory,
        "daily_summary": person.daily_summary,
        "active": True,
    }
