"""Every table; all import them from here."""

from engine.store.columns import METADATA
from engine.store.tables_directory import companies, integrations, people, sources
from engine.store.tables_exports import attempts, dead_letters, exports
from engine.store.tables_items import claims, history, items, met, refs, releases, waits
from engine.store.tables_mail import mail, summaries
from engine.store.tables_messages import event_log, inbox, outbox, suspects, vouchers

__all__ = [
    "METADATA",
    "attempts",
    "claims",
    "companies",
    "dead_letters",
    "event_log",
    "exports",
    "history",
    "inbox",
    "integrations",
    "items",
    "mail",
    "met",
    "outbox",
    "people",
    "refs",
    "releases",
    "sources",
    "summaries",
    "suspects",
    "vouchers",
    "waits",
]
