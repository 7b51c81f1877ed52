"""What a decision changes beside the item itself: values, written in bulk at the end of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.facts import Export, Item
from engine.messages import Message


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of an item, not yet numbered."""

    event: str
    item: Item  # as it is after the event
    previous_state: str
    details: Mapping[str, Any]  # comment, fields, waiting_on, erp_id, export, error


@dataclass(frozen=True, slots=True)
class Wait:
    """The item waits for exactly these needs; none means that it stops waiting."""

    item: Item
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refer:
    """The item refers to exactly these items."""

    item: Item
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """Only this item of the company may have the value."""

    item: Item
    scope: str
    value: str


@dataclass(frozen=True, slots=True)
class Free:
    """The item gives back every claim whose scope begins so."""

    item: Item
    scope: str


@dataclass(frozen=True, slots=True)
class Meet:
    """The ERP now has what these needs ask for; whoever waits for it is released."""

    item: Item
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmeet:
    """The ERP no longer has the item."""

    item: Item


@dataclass(frozen=True, slots=True)
class PutExport:
    """The export as it now is; `event` is published beside it (requested, retrying, in_doubt)."""

    export: Export
    item: Item
    event: str | None = None


@dataclass(frozen=True, slots=True)
class PutAttempt:
    """The end of one attempt."""

    export: str
    attempt: int
    mode: str
    status: str
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class OpenDeadLetter:
    """Something will not be tried again by itself."""

    kind: str  # message | export
    reason: str
    error_class: str
    message: str
    code: str | None = None
    traceback: str | None = None
    attempts: int = 1
    item: Item | None = None
    export: str | None = None
    connector: str | None = None
    original: Message | None = None
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class ResolveDeadLetter:
    """The open dead letter of an export is settled."""

    export: str
    resolution: str
    by: str


@dataclass(frozen=True, slots=True)
class Breaker:
    """What an attempt says of the whole integration: `ok`, `failed`, or `auth`, which stops it."""

    company: str
    verdict: str
    message: str | None = None


Change = (
    Wait
    | Refer
    | Claim
    | Free
    | Meet
    | Unmeet
    | PutExport
    | PutAttempt
    | OpenDeadLetter
    | ResolveDeadLetter
    | Breaker
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a command does: the item afterwards, what happened, and every other change."""

    item: Item
    happened: tuple[Happened, ...] = ()
    changes: tuple[Change, ...] = ()
