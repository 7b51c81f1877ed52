"""The version of the tables, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table

from engine.bus.embedded_tables import QUEUE_METADATA
from engine.errors import Misconfigured
from engine.store import schema
from engine.store.database import Database
from engine.store.tables import METADATA
from tests.integration.store.databases import KINDS, opened, url_of
from tools.first_migration import pages


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database."""
    return url_of(request.param, request)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty database."""
    with opened(url) as found:
        yield found


def ours() -> MetaData:
    """Every table as the code has it."""
    together = MetaData()
    for table in (*METADATA.sorted_tables, *QUEUE_METADATA.sorted_tables):
        table.to_metadata(together)
    return together


def definitions(connection: Connection) -> dict[str, Any]:
    """Every table and index as the database itself describes it, its partial clause included."""
    if connection.dialect.name == "sqlite":
        sql = (
            "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'"
        )
        return {name: " ".join((text or "").split()) for name, text in connection.exec_driver_sql(sql)}
    columns = """SELECT table_name || '.' || column_name, ROW(data_type, is_nullable, column_default)::text
                 FROM information_schema.columns WHERE table_schema = 'public'"""
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    return {name: text for sql in (columns, indexes) for name, text in connection.exec_driver_sql(sql)}


def test_the_migrations_make_the_tables_that_the_code_has(database: Database) -> None:
    """Alembic itself finds nothing that another migration would have to do."""
    schema.upgrade(database)
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, ours()) == []


def test_the_migrations_make_the_indexes_that_the_code_has(database: Database) -> None:
    """Partial indexes too: cost follows the open work only with their conditions."""
    schema.upgrade(database)
    with database.read() as connection:
        migrated = definitions(connection)
    with database.write() as connection:
        for table in reversed(ours().sorted_tables):
            Table(table.name, MetaData()).drop(connection)
        ours().create_all(connection)
    with database.read() as connection:
        created = definitions(connection)
    assert migrated == created


def test_the_written_migrations_are_those_of_the_tables() -> None:
    """Until the first release, a changed table is followed by `python -m tools.first_migration`."""
    outdated = [path.name for path, text in pages().items() if path.read_text(encoding="utf-8") != text]
    assert outdated == []


def test_an_empty_database_is_created_once(database: Database) -> None:
    """The second time nothing is left to do."""
    assert schema.current(database) is None
    first, second = schema.upgrade(database), schema.upgrade(database)
    assert (first.before, first.after, first.changed) == (None, schema.newest(), True)
    assert (second.before, second.changed) == (schema.newest(), False)
    assert schema.is_current(database)


def test_two_at_once_create_it_once(url: str) -> None:
    """Containers that start together may all begin with `init`."""

    def create(_number: int) -> bool:
        with opened(url) as database:
            return schema.upgrade(database).changed

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create, range(4))) == [False, False, False, True]


def test_a_role_refuses_an_empty_database(database: Database) -> None:
    """The sentence says what to run."""
    with pytest.raises(Misconfigured, match="has no tables yet: run `countersign init`"):
        schema.ensure_current(database)


def _set_revision(database: Database, revision: str) -> None:
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def test_a_role_refuses_a_database_of_an_older_release(database: Database) -> None:
    """The sentence says what to run."""
    schema.upgrade(database)
    _set_revision(database, "0001")
    with pytest.raises(Misconfigured, match="older release: run `countersign upgrade`"):
        schema.ensure_current(database)


def test_a_database_of_a_newer_release_is_refused(database: Database) -> None:
    """An old program must not write into tables that it does not know."""
    schema.upgrade(database)
    _set_revision(database, "9999")
    for use in (schema.ensure_current, schema.upgrade):
        with pytest.raises(Misconfigured, match=r"newer release .*9999.*: install the newer release"):
            use(database)


def test_a_current_database_is_accepted(database: Database) -> None:
    """A role starts without a word."""
    schema.upgrade(database)
    schema.ensure_current(database)


def test_a_database_with_other_tables_of_our_names_is_refused_untouched(database: Database) -> None:
    """Somebody else's `items` are not ours to change."""
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE items (id int)")
    with pytest.raises(Misconfigured, match=r"tables that are not ours \(items\): name an empty database"):
        schema.upgrade(database)
    assert schema.current(database) is None


def test_a_migration_that_fails_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it is one transaction, on SQLite too."""

    def half_done(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr("alembic.operations.Operations.create_index", half_done)
    with pytest.raises(RuntimeError):
        schema.upgrade(database)
    monkeypatch.undo()
    assert schema.upgrade(database).before is None


def test_postgresql_cleans_busy_tables_up_sooner(postgres_url: str) -> None:
    """The outbox is empty most of the time, but every event goes through it."""
    with opened(postgres_url) as database:
        schema.upgrade(database)
        with database.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL"
            )
            found = {row[0]: row[1] for row in rows}
    scale = "autovacuum_vacuum_scale_factor=0.02"
    assert all(scale in found[table] for table in ("outbox", "inbox", "exports", "queue_messages", "items"))
    assert "fillfactor=85" in found["items"]
