"""Writes the first migrations from the tables; after the first release a change is a migration of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext

from engine.bus.embedded_tables import QUEUE_METADATA
from engine.store.schema import MIGRATIONS
from engine.store.tables import METADATA

_VACUUM: Final = "autovacuum_vacuum_scale_factor = 0.02"
_ROOMY: Final = f"fillfactor = 85, {_VACUUM}"
_LATER: Final = frozenset(("exports", "attempts", "dead_letters", "mail", "summaries"))


@dataclass(frozen=True, slots=True)
class _File:
    """One migration to write; `storage` are PostgreSQL's parameters of tables."""

    name: str
    title: str
    metadata: sa.MetaData
    tables: Collection[str]
    storage: Mapping[str, str]
    before: str | None = None

    @property
    def revision(self) -> str:
        return self.name.partition("_")[0]


_FILES: Final = (
    _File(
        "0001_first.py",
        "The directory, the items, and what comes in and goes out",
        METADATA,
        METADATA.tables.keys() - _LATER,
        {"items": _ROOMY, "inbox": _VACUUM, "outbox": _VACUUM, "waits": _VACUUM},
    ),
    _File(
        "0002_exports.py",
        "The exports, what was given up, and the mail",
        METADATA,
        METADATA.tables.keys() & _LATER,
        {"exports": _ROOMY, "mail": _VACUUM},
        before="0001",
    ),
    _File(
        "0003_queue.py",
        "The durable queue",
        QUEUE_METADATA,
        QUEUE_METADATA.tables.keys(),
        {"queue_messages": _ROOMY, "queue_consumers": _VACUUM},
        before="0002",
    ),
)

_PAGE: Final = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {before!r}

# Rows come and go here, or change often: PostgreSQL cleans up sooner, and keeps room in the pages.
_STORAGE = {{
{storage}
}}


def upgrade() -> None:
    """Create the tables."""
{body}
    if op.get_bind().dialect.name == "postgresql":
        for table, parameters in _STORAGE.items():
            op.execute(f"ALTER TABLE {{table}} SET ({{parameters}})")
'''


def main() -> int:
    """Write the files anew."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


def pages() -> dict[Path, str]:
    """Each migration's path and text, as the tables are now."""
    return {MIGRATIONS / "versions" / file.name: _formatted(_page(file)) for file in _FILES}


def _page(file: _File) -> str:
    return _PAGE.format(
        title=file.title,
        revision=file.revision,
        before=file.before,
        storage="\n".join(f"    {table!r}: {parameters!r}," for table, parameters in file.storage.items()),
        body=_operations(file),
    )


def _operations(file: _File) -> str:
    wanted = sa.MetaData()
    for table in file.metadata.sorted_tables:
        if table.name in file.tables:
            table.to_metadata(wanted)
    with sa.create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection)
        operations = produce_migrations(context, wanted).upgrade_ops
        code = render_python_code(operations, migration_context=context) if operations else ""
    # For SQLite, Alembic puts defaults that are words into brackets, which none of the databases needs.
    code = code.replace("(false)", "false").replace("(true)", "true")
    return "\n".join(line.rstrip() for line in code.splitlines() if not line.strip().startswith("#"))


def _formatted(text: str) -> str:
    ruff = [sys.executable, "-m", "ruff", "format", "--quiet", "--stdin-filename", "migration.py", "-"]
    return subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
