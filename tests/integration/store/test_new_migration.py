"""The next migration, written from what changed."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Text

from engine.bus.embedded_tables import QUEUE_METADATA
from engine.store.tables import METADATA
from tools.new_migration import difference, file_name


def test_unchanged_tables_need_no_migration() -> None:
    """Nothing is written for nothing."""
    assert difference((METADATA, QUEUE_METADATA)) is None


def test_a_new_column_becomes_a_migration() -> None:
    """The same code works on both databases."""
    changed = MetaData()
    for table in METADATA.sorted_tables:
        table.to_metadata(changed)
    changed.tables["people"].append_column(Column("phone", Text))
    body = difference((changed, QUEUE_METADATA))
    assert body is not None
    assert "op.batch_alter_table('people'" in body
    assert "sa.Column('phone', sa.Text(), nullable=True)" in body


def test_a_migration_s_file_is_numbered_and_named() -> None:
    """The folder reads as a list of what happened."""
    assert file_name("0009", "People have a phone") == "0010_people_have_a_phone.py"
