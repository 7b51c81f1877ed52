"""The tables of the durable queue, the same on PostgreSQL and SQLite.

A row of `queue_messages` is one message in one queue and goes when it is acknowledged, so every row is open
work. It is free when it has no owner; an owner is a row of `queue_consumers`, and what an expired one held
becomes free again. Times are seconds since 1970; leases follow PostgreSQL's clock, so that machines agree.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

QUEUE_METADATA: Final = MetaData()
_SERIAL = BigInteger().with_variant(Integer, "sqlite")

queue_version = Table(
    "queue_version",
    QUEUE_METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),  # rises with every declaration that changed something
)

queue_exchanges = Table("queue_exchanges", QUEUE_METADATA, Column("name", Text, primary_key=True))

queues = Table(
    "queues",
    QUEUE_METADATA,
    Column("name", Text, primary_key=True),
    Column("single_active", Boolean, nullable=False),
    Column("delivery_limit", BigInteger, nullable=False),
    Column("dead_exchange", Text),
    Column("active", Text),  # the owner that alone gets messages, where single_active
)

queue_bindings = Table(
    "queue_bindings",
    QUEUE_METADATA,
    Column("queue", Text, primary_key=True),
    Column("exchange", Text, primary_key=True),
    Column("pattern", Text, primary_key=True),
)

queue_consumers = Table(
    "queue_consumers",
    QUEUE_METADATA,
    Column("owner", Text, primary_key=True),
    Column("queue", Text, nullable=False, index=True),
    Column("expires_at", Double, nullable=False),
)

queue_messages = Table(
    "queue_messages",
    QUEUE_METADATA,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("queue", Text, nullable=False),
    Column("routing_key", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("content_type", Text),
    Column("message_id", Text),
    Column("correlation_id", Text),
    Column("reply_to", Text),
    Column("headers", Text, nullable=False, server_default="{}"),  # JSON
    Column("deliveries", Integer, nullable=False, server_default="0"),
    Column("owner", Text),
    Column("reason", Text),  # why it was dead-lettered
    Column("from_queue", Text),  # where it was dead-lettered
    Column("enqueued_at", Double, nullable=False),
    Index(
        "queue_messages_free",
        "queue",
        "id",
        postgresql_where=text("owner IS NULL"),
        sqlite_where=text("owner IS NULL"),
    ),
    Index(
        "queue_messages_held",
        "owner",
        postgresql_where=text("owner IS NOT NULL"),
        sqlite_where=text("owner IS NOT NULL"),
    ),
    # A number is never given twice: an acknowledgement that comes late must not hit a newer message.
    sqlite_autoincrement=True,
)
