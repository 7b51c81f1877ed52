"""The durable queue."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Rows come and go here, or change often: PostgreSQL cleans up sooner, and keeps room in the pages.
_STORAGE = {
    "queue_messages": "fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02",
    "queue_consumers": "autovacuum_vacuum_scale_factor = 0.02",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "queue_bindings",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "exchange", "pattern"),
    )
    op.create_table(
        "queue_consumers",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("owner"),
    )
    op.create_index(op.f("ix_queue_consumers_queue"), "queue_consumers", ["queue"], unique=False)
    op.create_table(
        "queue_exchanges", sa.Column("name", sa.Text(), nullable=False), sa.PrimaryKeyConstraint("name")
    )
    op.create_table(
        "queue_messages",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("headers", sa.Text(), server_default="{}", nullable=False),
        sa.Column("deliveries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("from_queue", sa.Text(), nullable=True),
        sa.Column("enqueued_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "queue_messages_free",
        "queue_messages",
        ["queue", "id"],
        unique=False,
        postgresql_where=sa.text("owner IS NULL"),
        sqlite_where=sa.text("owner IS NULL"),
    )
    op.create_index(
        "queue_messages_held",
        "queue_messages",
        ["owner"],
        unique=False,
        postgresql_where=sa.text("owner IS NOT NULL"),
        sqlite_where=sa.text("owner IS NOT NULL"),
    )
    op.create_table(
        "queue_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "queues",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("single_active", sa.Boolean(), nullable=False),
        sa.Column("delivery_limit", sa.BigInteger(), nullable=False),
        sa.Column("dead_exchange", sa.Text(), nullable=True),
        sa.Column("active", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table, parameters in _STORAGE.items():
            op.execute(f"ALTER TABLE {table} SET ({parameters})")
