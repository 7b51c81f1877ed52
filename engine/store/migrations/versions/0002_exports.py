"""The exports, what was given up, and the mail."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Rows come and go here, or change often: PostgreSQL cleans up sooner, and keeps room in the pages.
_STORAGE = {
    "exports": "fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02",
    "mail": "autovacuum_vacuum_scale_factor = 0.02",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "attempts",
        sa.Column("export", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("export", "attempt"),
    )
    op.create_table(
        "dead_letters",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("class", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("item", sa.Text(), nullable=True),
        sa.Column("export", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=True),
        sa.Column("connector", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("original", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=True),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("added_at", sa.Text(), nullable=False),
        sa.Column("resolved_at", sa.Text(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
        sa.Column("resolve_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "dead_letters_by_age",
        "dead_letters",
        ["resolved_at"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NOT NULL"),
        sqlite_where=sa.text("resolved_at IS NOT NULL"),
    )
    op.create_index(
        "dead_letters_open",
        "dead_letters",
        ["fingerprint", "id"],
        unique=False,
        postgresql_where=sa.text("resolved_at IS NULL"),
        sqlite_where=sa.text("resolved_at IS NULL"),
    )
    op.create_index(
        "dead_letters_open_export",
        "dead_letters",
        ["export"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL AND kind = 'export'"),
        sqlite_where=sa.text("resolved_at IS NULL AND kind = 'export'"),
    )
    op.create_index(
        "dead_letters_open_message",
        "dead_letters",
        ["identity"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL AND kind = 'message'"),
        sqlite_where=sa.text("resolved_at IS NULL AND kind = 'message'"),
    )
    op.create_table(
        "exports",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("erp_id", sa.Text(), nullable=True),
        sa.Column("holds", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tried", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("doubt_since", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("exports_by_item", "exports", ["item"], unique=False)
    op.create_index(
        "exports_open",
        "exports",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status NOT IN ('succeeded', 'failed')"),
        sqlite_where=sa.text("status NOT IN ('succeeded', 'failed')"),
    )
    op.create_table(
        "mail",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("due_at", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "mail_by_age",
        "mail",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NULL"),
        sqlite_where=sa.text("due_at IS NULL"),
    )
    op.create_index(
        "mail_due",
        "mail",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
        sqlite_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "summaries",
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company", "day"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, parameters in _STORAGE.items():
            op.execute(f"ALTER TABLE {table} SET ({parameters})")
