"""What deciding needs from the store: one query for a batch, never one for a command."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine.changes import Change
from engine.facts import Company, Export, Item, Person


@dataclass(frozen=True, slots=True)
class Brief:
    """What others need to know of an item."""

    key: str
    state: str
    project: str | None
    synced_version: int | None
    erp_id: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Who may use a source, and for which commands."""

    broker_user: str | None
    may: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an item's history; `text` is canonical JSON, and its SHA-256 is `hash`."""

    item: str
    sequence: int
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class Publication:
    """One message for the bus; `reply_to` names a queue beside, or (with no routing key) instead of, the exchange."""

    type: str
    subject: str | None
    company: str | None
    at: str
    id: str
    body: str
    routing_key: str | None = None
    mandatory: bool = False
    reply_to: str | None = None
    correlation_id: str | None = None


class Ledger(Protocol):
    """One open transaction."""

    def outcomes(self, keys: Collection[str]) -> Mapping[str, tuple[str, str]]:
        """Command key (hex) to content (hex) and outcome, of commands seen before."""

    def sources(self) -> Mapping[str, Source]:
        """Every configured source."""

    def companies(self, slugs: Collection[str]) -> Mapping[str, Company]:
        """The companies with their integrations."""

    def people(self, pairs: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Person]:
        """Active people by (company, e-mail address)."""

    def vouchers(self, keys: Collection[str]) -> frozenset[str]:
        """Those of the command keys that somebody with the database's password vouched for."""

    def items(self, keys: Collection[str]) -> dict[str, Item]:
        """The items, locked in the order of their keys until the transaction ends."""

    def briefs(self, keys: Collection[str]) -> dict[str, Brief]:
        """What is known of items that others refer to; not locked."""

    def lock_needs(self, needs: Iterable[str]) -> None:
        """Make whoever waits for these and whoever meets them take turns."""

    def met(self, needs: Collection[str]) -> set[str]:
        """Those of the cost code and budget needs that are met."""

    def claimed(self, claims: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], str]:
        """(company, scope, value) to the item that has it."""

    def exports(self, items: Collection[str]) -> dict[str, list[Export]]:
        """Item key to all its exports."""

    def dependents(self, items: Collection[str]) -> dict[str, list[str]]:
        """Item key to the accepted and synced items that refer to it."""

    def to_release(self, limit: int) -> list[str]:
        """Items that wait for something that was met; none once every release is done."""

    def keep_waiting(self, needs: Collection[str]) -> None:
        """These were met and are not any more (unlinked): nobody is released for them."""

    def save_items(self, before: Mapping[str, Item], after: Iterable[Item]) -> None:
        """Write the items; raises Conflict if a new one exists already."""

    def save(self, changes: Sequence[Change], now: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Write every other change; returns the dead letters that were (added | resolved), as events show them."""

    def record(self, entries: Sequence[Entry], publications: Sequence[Publication]) -> None:
        """Append to the histories; put the messages in the log and the outbox."""

    def remember(self, outcomes: Sequence[Mapping[str, Any]]) -> None:
        """Keep outcomes {key, content, outcome, at}; raises Conflict if another has kept one."""
