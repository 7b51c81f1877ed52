"""The directory in the database, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.directory import Directory
from engine.facts import Company, Integration, Person
from engine.ledger import Source
from engine.store import directory, schema
from engine.store.bulk import run
from engine.store.database import Database
from tests.integration.store.databases import KINDS, opened, url_of

NOW, LATER = "2026-11-21T09:30:00.000000Z", "2026-11-22T09:30:00.000000Z"
ERP = Integration(
    "sandbox",
    {"url": "http://h", "password": {"env": "A"}},
    {"project": {"fields": {"job_id": {"required": True, "choices": ["ü", "b"]}}}},
    "scheduled",
)
ACME = Company("acme", "Acme Büro", "EUR", "Europe/Berlin", "06:30", "/srv/mail", ERP)
PAT = Person(
    "pat@acme.test", "Pat", "standard", True, ("P-1",), {"*": "admin"}, ("P-2",), "admin", daily_summary=False
)
MAX = Person("max@acme.test", "Max")
FULL = Directory(
    {"acme": ACME, "beta": Company("beta", "Beta")},
    {"acme": {MAX.email: MAX, PAT.email: PAT}, "beta": {MAX.email: MAX}},
    {"/procore": Source("upstream", frozenset({"send", "draft"})), "/other": Source(None, frozenset())},
)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with our tables."""
    with opened(url_of(request.param, request)) as found:
        schema.upgrade(found)
        yield found


def write(database: Database, wanted: Directory, now: str = NOW) -> None:
    """Let the directory become so."""
    with database.write() as connection:
        directory.lock(connection)
        directory.write(connection, wanted, now)


def present(database: Database) -> Directory:
    """The directory as it is."""
    with database.read() as connection:
        return directory.read(connection)


def row(database: Database, sql: str) -> dict[str, Any]:
    """The one row of a query."""
    with database.read() as connection:
        return dict(run(connection, sql).mappings().one())


def test_what_is_written_is_read_again(database: Database) -> None:
    """Nothing is lost on the way, of no value."""
    write(database, FULL)
    assert present(database) == FULL


def test_writing_it_again_changes_nothing(database: Database) -> None:
    """The day of creation stays too."""
    write(database, FULL)
    write(database, FULL, LATER)
    assert present(database) == FULL
    assert row(database, "SELECT created_at FROM companies WHERE slug = 'acme'") == {"created_at": NOW}


def test_only_the_named_companies_are_read(database: Database) -> None:
    """A difference with one company does not load a thousand others."""
    write(database, FULL)
    with database.read() as connection:
        found = directory.read(connection, ["beta", "nobody"])
    assert (set(found.companies), set(found.people)) == ({"beta"}, {"beta"})


def test_who_is_absent_is_deactivated_and_can_come_back(database: Database) -> None:
    """People are never deleted: the history names them."""
    write(database, FULL)
    write(database, Directory({"acme": ACME}, {"acme": {PAT.email: PAT}}))
    assert present(database).people == {"acme": {PAT.email: PAT}, "beta": {MAX.email: MAX}}
    count = "SELECT count(*) AS number FROM people WHERE company = 'acme'"
    assert row(database, count) == {"number": 2}
    write(database, FULL)
    assert present(database) == FULL


def test_what_is_not_named_stays(database: Database) -> None:
    """Other companies and other sources are somebody else's file."""
    write(database, FULL)
    write(database, Directory(sources={"/other": Source("u", frozenset({"send"}))}))
    after = present(database)
    assert (after.companies, after.people) == (FULL.companies, FULL.people)
    assert after.sources == {**FULL.sources, "/other": Source("u", frozenset({"send"}))}


def test_a_company_without_integration_loses_it(database: Database) -> None:
    """A named company becomes exactly what is written."""
    write(database, FULL)
    write(database, Directory({"acme": replace(ACME, integration=None)}))
    assert present(database).companies["acme"].integration is None


def _stop(database: Database) -> None:
    with database.write() as connection:
        run(
            connection,
            "UPDATE integrations SET state = 'stopped', reason = 'log-in', failures = 3, last_error = 'no'",
        )


STATE = "SELECT state, reason, failures, last_error FROM integrations"


def test_a_stopped_integration_stays_stopped(database: Database) -> None:
    """A new file does not say that the password is right now; somebody does."""
    write(database, FULL)
    _stop(database)
    write(database, Directory({"acme": replace(ACME, integration=replace(ERP, settings={}))}))
    stopped = {"state": "stopped", "reason": "log-in", "failures": 3, "last_error": "no"}
    assert row(database, STATE) == stopped
    with database.read() as connection:
        assert directory.states(connection) == {"acme": ("stopped", "log-in")}


def test_another_connector_starts_afresh(database: Database) -> None:
    """What was learned of one ERP says nothing about another."""
    write(database, FULL)
    _stop(database)
    write(database, Directory({"acme": replace(ACME, integration=replace(ERP, connector="tryton"))}))
    assert row(database, STATE) == {"state": "running", "reason": None, "failures": 0, "last_error": None}
    with database.read() as connection:
        assert directory.connectors(connection) == {"tryton"}


def _park(database: Database) -> None:
    """An export that a stopped integration let not through: it has no time of its own."""
    with database.write() as connection:
        sql = """INSERT INTO exports (key, item, company, connector, version, status, attempt, mode, request,
                                      requested_at)
                 VALUES ('acme/company/V@1', 'acme/company/V', 'acme', 'sandbox', 1, 'retrying', 1, 'send',
                         '{}', :now)"""
        run(connection, sql, now=NOW)


@pytest.mark.parametrize("way", ["another connector", "removed and added again"])
def test_what_a_stopped_integration_has_parked_goes_on_when_a_file_starts_it(
    database: Database, way: str
) -> None:
    """Nobody else would ever give it a time."""
    write(database, FULL)
    _stop(database)
    _park(database)
    if way == "another connector":
        write(
            database, Directory({"acme": replace(ACME, integration=replace(ERP, connector="tryton"))}), LATER
        )
    else:
        write(database, Directory({"acme": replace(ACME, integration=None)}))
        assert row(database, "SELECT due_at FROM exports") == {"due_at": None}
        write(database, Directory({"acme": ACME}), LATER)
    assert row(database, "SELECT due_at FROM exports") == {"due_at": LATER}


def test_what_is_parked_stays_so_while_its_integration_is_stopped(database: Database) -> None:
    """Another name of the company does not make the password right."""
    write(database, FULL)
    _stop(database)
    _park(database)
    write(database, Directory({"acme": replace(ACME, name="Acme")}), LATER)
    assert row(database, "SELECT due_at FROM exports") == {"due_at": None}


def test_an_empty_directory_is_no_mistake(database: Database) -> None:
    """A file may name nothing."""
    write(database, Directory())
    assert present(database) == Directory()
