"""Writes the next migration: from the tables of the last one to those of the code; read and correct it."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from engine.bus.embedded_tables import QUEUE_METADATA
from engine.store import schema
from engine.store.database import Database
from engine.store.tables import METADATA

_PAGE: Final = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    """Bring the tables to this revision."""
{body}
'''


def main(arguments: list[str]) -> int:
    """Write a migration with the title given; without a difference there is none."""
    if len(arguments) != 1:
        print('usage: python -m tools.new_migration "What it does"', file=sys.stderr)
        return 2
    (title,) = arguments
    body = difference((METADATA, QUEUE_METADATA))
    if body is None:
        print("The tables are those of the last migration: nothing to write.")
        return 0
    path = schema.MIGRATIONS / "versions" / file_name(schema.newest(), title)
    text = _PAGE.format(title=title, revision=path.name[:4], before=schema.newest(), body=body)
    path.write_text(text, encoding="utf-8")
    print(f"wrote {path}: read it, and think of PostgreSQL's locks on large tables")
    steps = (["format", "--quiet"], ["check", "--fix", "--quiet"])
    commands = ([sys.executable, "-m", "ruff", *step, str(path)] for step in steps)
    return max(subprocess.run(command, check=False).returncode for command in commands)


def file_name(before: str, title: str) -> str:
    """`0004_what_it_does.py`."""
    return f"{int(before) + 1:04d}_{'_'.join(re.findall('[a-z0-9]+', title.lower()))}.py"


def difference(parts: tuple[MetaData, ...]) -> str | None:
    """What the migrations so far lack of the tables, as the body of a function."""
    wanted = MetaData()
    for table in (table for part in parts for table in part.sorted_tables):
        table.to_metadata(wanted)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'migrated.db'}")
        schema.upgrade(database)
        with database.read() as connection:
            context = MigrationContext.configure(connection)
            operations = produce_migrations(context, wanted).upgrade_ops
        database.close()
    if operations is None or operations.is_empty():
        return None
    return render_python_code(operations, render_as_batch=True, migration_context=context)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
