"""Exports, their attempts, and dead letters."""

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, Table, Text, text

from engine.store.columns import METADATA, Serial, flag_column, number_column, text_column

exports = Table(
    "exports",
    METADATA,
    Column("key", Text, primary_key=True),
    text_column("item"),
    text_column("company"),
    text_column("connector"),
    number_column("version"),
    text_column("status"),
    number_column("attempt"),
    text_column("mode"),
    number_column("tries", default="0"),  # delayed attempts used since it was requested
    text_column(
        "due_at", null=True
    ),  # requested, sending: the lease's end; retrying, in_doubt: the next attempt
    text_column("worker", null=True),
    text_column("request"),  # references and earlier exports, JSON
    text_column("error", null=True),
    text_column("erp_id", null=True),
    flag_column("holds", "false"),
    flag_column("tried", "false"),
    text_column("doubt_since", null=True),
    text_column("requested_at"),
    text_column("finished_at", null=True),
    Index("exports_by_item", "item"),
    Index(
        "exports_open",
        "due_at",
        postgresql_where=text("status NOT IN ('succeeded', 'failed')"),
        sqlite_where=text("status NOT IN ('succeeded', 'failed')"),
    ),
)

attempts = Table(
    "attempts",
    METADATA,
    text_column("export"),
    number_column("attempt"),
    text_column("mode"),
    text_column("status"),
    text_column("worker", null=True),
    text_column("started_at"),
    text_column("finished_at", null=True),
    text_column("error", null=True),
    PrimaryKeyConstraint("export", "attempt"),
)

dead_letters = Table(
    "dead_letters",
    METADATA,
    Column("id", Serial, primary_key=True, autoincrement=True),
    text_column("kind"),  # message | export
    text_column("reason"),
    text_column("class"),
    text_column("code", null=True),
    text_column("message"),
    text_column("traceback", null=True),
    number_column("attempts"),
    text_column("company", null=True),
    text_column("item", null=True),
    text_column("export", null=True),
    text_column("queue", null=True),
    text_column("connector", null=True),
    text_column("fingerprint"),
    Column("original", LargeBinary, nullable=True),  # whole up to 1 MiB, then its head
    number_column("size"),
    text_column("sha256"),
    text_column("identity", null=True),  # hash of all of a message: the same one given up twice is one letter
    text_column("properties"),  # content type, headers, reply_to ... of the original, JSON
    text_column("added_at"),
    text_column("resolved_at", null=True),
    text_column("resolution", null=True),  # replayed | accepted | rejected | linked | discarded | succeeded
    text_column("resolved_by", null=True),
    text_column("resolve_reason", null=True),
    Index(
        "dead_letters_open_export",
        "export",
        unique=True,
        postgresql_where=text("resolved_at IS NULL AND kind = 'export'"),
        sqlite_where=text("resolved_at IS NULL AND kind = 'export'"),
    ),
    Index(
        "dead_letters_open",
        "fingerprint",
        "id",
        postgresql_where=text("resolved_at IS NULL"),
        sqlite_where=text("resolved_at IS NULL"),
    ),
    Index(
        "dead_letters_open_message",
        "identity",
        unique=True,
        postgresql_where=text("resolved_at IS NULL AND kind = 'message'"),
        sqlite_where=text("resolved_at IS NULL AND kind = 'message'"),
    ),
    Index(
        "dead_letters_by_age",
        "resolved_at",
        postgresql_where=text("resolved_at IS NOT NULL"),
        sqlite_where=text("resolved_at IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)
