"""The tables, the same on PostgreSQL and SQLite.

Times are RFC 3339 text in UTC with microseconds, so that they sort as text; JSON is ASCII text, hashed and kept as
written. Indexes are partial on what is open: cost follows the open work, not the archive.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

METADATA = MetaData()
_Serial = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _number(name: str, *, null: bool = False, default: str | None = None) -> Column[int]:
    return Column(name, BigInteger, nullable=null, server_default=default)


def _flag(name: str, default: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text(default))


companies = Table(
    "companies",
    METADATA,
    Column("slug", Text, primary_key=True),
    _text("name"),
    _text("currency"),
    _text("timezone"),
    _text("daily_summary_at"),
    _text("templates", null=True),
    _text("created_at"),
)

integrations = Table(
    "integrations",
    METADATA,
    Column("company", Text, primary_key=True),
    _text("connector"),
    _text("settings"),
    _text("profile"),
    _text("export"),
    _text("state"),  # running | open | stopped
    _text("reason", null=True),  # why it is open or stopped
    _number("failures", default="0"),  # in a row
    _text("probe_at", null=True),  # when an open breaker lets one attempt through
    _text("last_error", null=True),
    _text("last_error_at", null=True),
)

people = Table(
    "people",
    METADATA,
    _text("company"),
    _text("email"),
    _text("name"),
    _text("erp"),
    _flag("can_push_to_accounting", "false"),
    _text("projects", null=True),
    _text("tools"),
    _text("tool_projects", null=True),
    _text("directory"),
    _flag("daily_summary", "true"),
    _flag("active", "true"),
    PrimaryKeyConstraint("company", "email"),
)

sources = Table(
    "sources",
    METADATA,
    Column("source", Text, primary_key=True),
    _text("broker_user", null=True),
    _text("may"),
)

items = Table(
    "items",
    METADATA,
    Column("key", Text, primary_key=True),
    _text("company"),
    _text("item_type"),
    _text("id"),
    _text("state"),
    _number("version"),
    _number("sequence"),
    _text("head"),
    _text("project", null=True),
    _text("title", null=True),
    _text("payload"),
    _text("fields"),
    _text("waiting_on"),
    _number("synced_version", null=True),
    _text("synced_payload", null=True),
    _text("erp_id", null=True),
    _text("erp_lines"),
    _text("created_by", null=True),
    _text("sent_by", null=True),
    _text("accepted_by", null=True),
    _text("comment", null=True),
    _text("error", null=True),
    _text("url", null=True),
    _text("attachments"),
    _text("created_at"),
    _text("updated_at"),
    Index("items_by_update", "company", "updated_at"),
    Index(
        "items_open",
        "company",
        "state",
        "item_type",
        postgresql_where=text("state NOT IN ('synced', 'archived')"),
        sqlite_where=text("state NOT IN ('synced', 'archived')"),
    ),
)

history = Table(
    "history",
    METADATA,
    _text("item"),
    _number("sequence"),
    _text("entry"),  # canonical JSON, hashed as stored
    _text("hash"),
    PrimaryKeyConstraint("item", "sequence"),
)

inbox = Table(
    "inbox",
    METADATA,
    Column("key", Text, primary_key=True),
    _text("content"),
    _text("outcome"),
    _text("at"),
)

event_log = Table(
    "event_log",
    METADATA,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _text("type"),
    _text("subject", null=True),
    _text("company", null=True),
    _text("at"),
    _text("body"),
    Index("event_log_by_subject", "subject", "id"),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # the event's id in the log
    _number("bucket"),  # hash of the subject: which relay publishes it
    _text("exchange"),
    _text("routing_key"),
    _flag("mandatory", "false"),
    _text("message_id"),
    _text("correlation_id", null=True),
    _text("body", null=True),  # only where the log has none, as for a repeated reply
)

exports = Table(
    "exports",
    METADATA,
    Column("key", Text, primary_key=True),
    _text("item"),
    _text("company"),
    _text("connector"),
    _number("version"),
    _text("status"),
    _number("attempt"),
    _text("mode"),
    _number("tries", default="0"),  # delayed attempts used since it was requested
    _text("due_at", null=True),  # requested, sending: the lease's end; retrying, in_doubt: the next attempt
    _text("worker", null=True),
    _text("request"),  # references and earlier exports, JSON
    _text("error", null=True),
    _text("erp_id", null=True),
    _flag("holds", "false"),
    _flag("tried", "false"),
    _text("doubt_since", null=True),
    _text("requested_at"),
    _text("finished_at", null=True),
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
    _text("export"),
    _number("attempt"),
    _text("mode"),
    _text("status"),
    _text("worker", null=True),
    _text("started_at"),
    _text("finished_at", null=True),
    _text("error", null=True),
    PrimaryKeyConstraint("export", "attempt"),
)

waits = Table(
    "waits",
    METADATA,
    _text("item"),
    _text("need"),
    _text("standard", null=True),  # the need that the company's standard list meets for every project
    PrimaryKeyConstraint("item", "need"),
    Index("waits_by_need", "need"),
    Index(
        "waits_by_standard",
        "standard",
        postgresql_where=text("standard IS NOT NULL"),
        sqlite_where=text("standard IS NOT NULL"),
    ),
)

releases = Table("releases", METADATA, Column("need", Text, primary_key=True))

met = Table(  # needs that are met by what an item brought, not by the item itself
    "met",
    METADATA,
    Column("need", Text, primary_key=True),
    _text("item"),
)

refs = Table(  # which item refers to which that can be unlinked
    "refs",
    METADATA,
    _text("needs"),
    _text("item"),
    PrimaryKeyConstraint("needs", "item"),
)

claims = Table(  # what only one item of a company may have
    "claims",
    METADATA,
    _text("company"),
    _text("scope"),
    _text("value"),
    _text("item"),
    PrimaryKeyConstraint("company", "scope", "value"),
    Index("claims_by_item", "item"),
)

dead_letters = Table(
    "dead_letters",
    METADATA,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    _text("kind"),  # message | export
    _text("reason"),
    _text("class"),
    _text("code", null=True),
    _text("message"),
    _text("traceback", null=True),
    _number("attempts"),
    _text("company", null=True),
    _text("item", null=True),
    _text("export", null=True),
    _text("queue", null=True),
    _text("connector", null=True),
    _text("fingerprint"),
    Column("original", LargeBinary, nullable=True),  # whole up to 1 MiB, then its head
    _number("size"),
    _text("sha256"),
    _text("properties"),  # content type, headers, reply_to ... of the original, JSON
    _text("added_at"),
    _text("resolved_at", null=True),
    _text("resolution", null=True),  # replayed | accepted | rejected | linked | discarded | succeeded
    _text("resolved_by", null=True),
    _text("resolve_reason", null=True),
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
    sqlite_autoincrement=True,
)

mail = Table(
    "mail",
    METADATA,
    Column("id", Text, primary_key=True),  # hash of kind, cause and recipient: one mail for each
    _text("company"),
    _text("kind"),  # rejection | failure | summary
    _text("recipient"),
    _text("cause"),
    _text("context"),  # what the templates get, JSON
    _text("created_at"),
    _text("due_at", null=True),  # null: sent, or gathered into another
    _text("sent_at", null=True),
    _text("message_id", null=True),
    _text("error", null=True),
    _number("attempts", default="0"),
    Index("mail_due", "due_at", postgresql_where=text("due_at IS NOT NULL"), sqlite_where=text("due_at IS NOT NULL")),
)

summaries = Table(
    "summaries",
    METADATA,
    _text("company"),
    _text("day"),
    _text("decided_at"),
    PrimaryKeyConstraint("company", "day"),
)

vouchers = Table(  # commands of operators: who can write here holds the database's password
    "vouchers", METADATA, Column("key", Text, primary_key=True), _text("actor"), _text("at")
)
