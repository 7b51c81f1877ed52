"""Items, their histories, and what they wait for, refer to and claim."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, text

from engine.store.columns import METADATA, number_column, text_column

items = Table(
    "items",
    METADATA,
    Column("key", Text, primary_key=True),
    text_column("company"),
    text_column("item_type"),
    text_column("id"),
    text_column("state"),
    number_column("version"),
    number_column("sequence"),
    text_column("head"),
    text_column("project", null=True),
    text_column("title", null=True),
    text_column("payload"),
    text_column("fields"),
    text_column("waiting_on"),
    number_column("synced_version", null=True),
    text_column("synced_payload", null=True),
    text_column("erp_id", null=True),
    text_column("erp_lines"),
    text_column("created_by", null=True),
    text_column("sent_by", null=True),
    text_column("accepted_by", null=True),
    text_column("comment", null=True),
    text_column("error", null=True),
    text_column("url", null=True),
    text_column("attachments"),
    text_column("created_at"),
    text_column("updated_at"),
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
    text_column("item"),
    number_column("sequence"),
    text_column("entry"),  # canonical JSON, hashed as stored
    text_column("hash"),
    PrimaryKeyConstraint("item", "sequence"),
)

waits = Table(
    "waits",
    METADATA,
    text_column("item"),
    text_column("need"),
    text_column("standard", null=True),  # the need that the company's standard list meets for every project
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
    text_column("item"),
    Index("met_by_item", "item"),
)

refs = Table(  # which item refers to which that can be unlinked
    "refs",
    METADATA,
    text_column("needs"),
    text_column("item"),
    PrimaryKeyConstraint("needs", "item"),
    Index("refs_by_item", "item"),
)

claims = Table(  # what only one item of a company may have
    "claims",
    METADATA,
    text_column("company"),
    text_column("scope"),
    text_column("value"),
    text_column("item"),
    PrimaryKeyConstraint("company", "scope", "value"),
    Index("claims_by_item", "item"),
)
