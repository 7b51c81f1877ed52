"""Mails and the daily summaries."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, text

from engine.store.columns import METADATA, number_column, text_column

mail = Table(
    "mail",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of kind, cause and recipient: one mail for each
    text_column("company"),
    text_column("kind"),  # rejection | failure | summary
    text_column("recipient"),
    text_column("cause"),
    text_column("context"),  # what the templates get, JSON
    text_column("created_at"),
    text_column("due_at", null=True),  # null: sent, or gathered into another
    text_column("sent_at", null=True),
    text_column("message_id", null=True),
    text_column("error", null=True),
    number_column("attempts", default="0"),
    Index(
        "mail_due",
        "due_at",
        postgresql_where=text("due_at IS NOT NULL"),
        sqlite_where=text("due_at IS NOT NULL"),
    ),
    Index(
        "mail_by_age",
        "created_at",
        postgresql_where=text("due_at IS NULL"),
        sqlite_where=text("due_at IS NULL"),
    ),
)

summaries = Table(
    "summaries",
    METADATA,
    text_column("company"),
    text_column("day"),
    text_column("decided_at"),
    PrimaryKeyConstraint("company", "day"),
)
