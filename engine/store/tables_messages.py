"""What came in and what goes out."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.store.columns import METADATA, Serial, flag_column, number_column, text_column

inbox = Table(
    "inbox",
    METADATA,
    Column("key", Text, primary_key=True),
    text_column("content"),
    text_column("outcome"),
    text_column("at"),
    Index("inbox_by_age", "at"),
)

event_log = Table(
    "event_log",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    text_column("type"),
    text_column("subject", null=True),
    text_column("company", null=True),
    text_column("at"),
    text_column("body"),
    Index("event_log_by_subject", "subject", "id"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # the event's id in the log
    number_column("bucket"),  # hash of the subject: which relay publishes it
    text_column("exchange"),
    text_column("routing_key"),
    flag_column("mandatory", "false"),
    text_column("message_id"),
    text_column("correlation_id", null=True),
    text_column("body", null=True),  # only where the log has none, as for a repeated reply
)

vouchers = Table(  # commands of operators: who can write here holds the database's password
    "vouchers",
    METADATA,
    Column("key", Text, primary_key=True),
    text_column("actor"),
    text_column("at"),
    Index("vouchers_by_age", "at"),
)

suspects = Table("suspects", METADATA, Column("key", Text, primary_key=True), number_column("starts"))
