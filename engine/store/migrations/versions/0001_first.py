"""The directory, the items, and what comes in and goes out."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Rows come and go here, or change often: PostgreSQL cleans up sooner, and keeps room in the pages.
_STORAGE = {
    "items": "fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02",
    "inbox": "autovacuum_vacuum_scale_factor = 0.02",
    "outbox": "autovacuum_vacuum_scale_factor = 0.02",
    "waits": "autovacuum_vacuum_scale_factor = 0.02",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "claims",
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company", "scope", "value"),
    )
    op.create_index("claims_by_item", "claims", ["item"], unique=False)
    op.create_table(
        "companies",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("daily_summary_at", sa.Text(), nullable=False),
        sa.Column("templates", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slug"),
    )
    op.create_table(
        "event_log",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("event_log_by_subject", "event_log", ["subject", "id"], unique=False)
    op.create_table(
        "history",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("item", "sequence"),
    )
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("inbox_by_age", "inbox", ["at"], unique=False)
    op.create_table(
        "integrations",
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("export", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("probe_at", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("company"),
    )
    op.create_table(
        "items",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("item_type", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("waiting_on", sa.Text(), nullable=False),
        sa.Column("synced_version", sa.BigInteger(), nullable=True),
        sa.Column("synced_payload", sa.Text(), nullable=True),
        sa.Column("erp_id", sa.Text(), nullable=True),
        sa.Column("erp_lines", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("accepted_by", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("items_by_update", "items", ["company", "updated_at"], unique=False)
    op.create_index(
        "items_open",
        "items",
        ["company", "state", "item_type"],
        unique=False,
        postgresql_where=sa.text("state NOT IN ('synced', 'archived')"),
        sqlite_where=sa.text("state NOT IN ('synced', 'archived')"),
    )
    op.create_table(
        "met",
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("need"),
    )
    op.create_index("met_by_item", "met", ["item"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bucket", sa.BigInteger(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "people",
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("erp", sa.Text(), nullable=False),
        sa.Column("can_push_to_accounting", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("projects", sa.Text(), nullable=True),
        sa.Column("tools", sa.Text(), nullable=False),
        sa.Column("tool_projects", sa.Text(), nullable=True),
        sa.Column("directory", sa.Text(), nullable=False),
        sa.Column("daily_summary", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.PrimaryKeyConstraint("company", "email"),
    )
    op.create_table(
        "refs",
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("needs", "item"),
    )
    op.create_index("refs_by_item", "refs", ["item"], unique=False)
    op.create_table("releases", sa.Column("need", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("need"))
    op.create_table(
        "sources",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("broker_user", sa.Text(), nullable=True),
        sa.Column("may", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "suspects",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "vouchers",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("vouchers_by_age", "vouchers", ["at"], unique=False)
    op.create_table(
        "waits",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("standard", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item", "need"),
    )
    op.create_index("waits_by_need", "waits", ["need"], unique=False)
    op.create_index(
        "waits_by_standard",
        "waits",
        ["standard"],
        unique=False,
        postgresql_where=sa.text("standard IS NOT NULL"),
        sqlite_where=sa.text("standard IS NOT NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, parameters in _STORAGE.items():
            op.execute(f"ALTER TABLE {table} SET ({parameters})")
