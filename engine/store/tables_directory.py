"""Companies, their integrations, people and sources."""

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text

from engine.store.columns import METADATA, flag_column, number_column, text_column

companies = Table(
    "companies",
    METADATA,
    Column("slug", Text, primary_key=True),
    text_column("name"),
    text_column("currency"),
    text_column("timezone"),
    text_column("daily_summary_at"),
    text_column("templates", null=True),
    text_column("created_at"),
)

integrations = Table(
    "integrations",
    METADATA,
    Column("company", Text, primary_key=True),
    text_column("connector"),
    text_column("settings"),
    text_column("profile"),
    text_column("export"),
    text_column("state"),  # running | open | stopped
    text_column("reason", null=True),  # why it is open or stopped
    number_column("failures", default="0"),  # in a row
    text_column("probe_at", null=True),  # when an open breaker lets one attempt through
    text_column("last_error", null=True),
    text_column("last_error_at", null=True),
)

people = Table(
    "people",
    METADATA,
    text_column("company"),
    text_column("email"),
    text_column("name"),
    text_column("erp"),
    flag_column("can_push_to_accounting", "false"),
    text_column("projects", null=True),
    text_column("tools"),
    text_column("tool_projects", null=True),
    text_column("directory"),
    flag_column("daily_summary", "true"),
    flag_column("active", "true"),
    PrimaryKeyConstraint("company", "email"),
)

sources = Table(
    "sources",
    METADATA,
    Column("source", Text, primary_key=True),
    text_column("broker_user", null=True),
    text_column("may"),
)
