"""The version of the tables: create them, bring them up to date, and refuse what is too old or too new."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from engine.bus.embedded_tables import QUEUE_METADATA
from engine.errors import Misconfigured
from engine.store.database import Database
from engine.store.tables import METADATA

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x436F756E74657273  # our own advisory lock: two migrations at once take turns
_WAIT_FOR_TURN: Final = "10min"
# A migration that cannot get a table's lock gives up, so that it does not hold up everybody behind it.
_WAIT_FOR_TABLE: Final = "10s"
_LONGEST_STATEMENT: Final = "30min"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did; `before` is None where there were no tables."""

    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        """Whether it did anything."""
        return self.before != self.after


def upgrade(database: Database) -> Upgrade:
    """Create the tables, or bring them to this release: all or nothing, and safe to run twice at once."""
    with database.write() as connection:
        if database.is_postgresql:
            _take_turn(connection)
        before = _revision(connection)
        _refuse_newer(database, before)
        _refuse_foreign(database, connection, before)
        if before != newest():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return Upgrade(before, newest())


def current(database: Database) -> str | None:
    """The revision that the database has; None where it has no tables."""
    with database.read() as connection:
        return _revision(connection)


def is_current(database: Database) -> bool:
    """Whether the database has exactly this release's tables."""
    return current(database) == newest()


def ensure_current(database: Database) -> None:
    """Refuse a database that this release cannot work with, and say what to run."""
    revision = current(database)
    if revision is None:
        raise Misconfigured([f"the database {database.name} has no tables yet: run `countersign init`"])
    _refuse_newer(database, revision)
    if revision != newest():
        raise Misconfigured(
            [f"the database {database.name} is of an older release: run `countersign upgrade`"]
        )


@cache
def newest() -> str:
    """The revision of this release."""
    revision = _scripts().get_current_head()
    if revision is None:
        raise RuntimeError(f"no migration in {MIGRATIONS}")
    return revision


def _refuse_newer(database: Database, revision: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if revision is not None and revision not in known:
        problem = f"its tables are at {revision}, those of this release at {newest()}"
        advice = "install the newer release, or restore the backup from before its upgrade"
        raise Misconfigured([f"the database {database.name} is of a newer release ({problem}): {advice}"])


def _refuse_foreign(database: Database, connection: Connection, revision: str | None) -> None:
    if revision is not None:
        return
    ours = METADATA.tables.keys() | QUEUE_METADATA.tables.keys()
    if foreign := sorted(ours & set(inspect(connection).get_table_names())):
        problem = f"the database {database.name} has tables that are not ours ({', '.join(foreign[:3])})"
        raise Misconfigured([f"{problem}: name an empty database"])


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _take_turn(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TURN}'")
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_FOR_TABLE}'")
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{_LONGEST_STATEMENT}'")


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
