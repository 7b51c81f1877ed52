"""A store with a ledger for each transaction, for the suite that both databases have to pass."""

from dataclasses import replace
from typing import Any

from engine.changes import Change
from engine.facts import Item
from engine.store.database import Database
from engine.store.ledger import StoreLedger
from tests.books import Books

NOW = "2026-11-21T09:30:00.000000Z"
VENDOR = Item(
    "acme",
    "company",
    "V-9",
    state="sent",
    version=1,
    payload={"name": "Bayline"},
    created_at=NOW,
    updated_at=NOW,
)
OTHER = replace(VENDOR, id="V-1")
SC = Item("acme", "commitment", "SC-1", state="sent", version=1, created_at=NOW, updated_at=NOW)
CODE = "acme/P-17/cost_code:03-300/S"
STANDARD = "acme/*/cost_code:03-300/S"


class Store:
    """A database with one ledger for each transaction."""

    def __init__(self, url: str) -> None:
        self.books = Books(url)
        self.database: Database = self.books.database

    def save(self, *changes: Change) -> list[tuple[str, Any]]:
        """Write changes in one transaction."""
        with self.database.write() as connection:
            return StoreLedger(connection, self.books.rules.delays).save(changes, NOW)

    def items(self, *items: Item) -> None:
        """Create items."""
        with self.database.write() as connection:
            StoreLedger(connection, self.books.rules.delays).save_items({}, items)

    def ask(self, name: str, *arguments: Any) -> Any:
        """Ask the ledger in a transaction of its own."""
        with self.database.write() as connection:
            return getattr(StoreLedger(connection, self.books.rules.delays), name)(*arguments)
