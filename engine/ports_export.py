"""What an ERP is to the engine: the port that every connector implements, and the words spoken over it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from engine.errors import CountersignError


class ErpError(CountersignError):
    """Why the ERP has not done what it was asked: in its own words, or what happened to the call."""

    error_class = "uncertain"

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after  # seconds, when the ERP itself names them


class ErpUnavailable(ErpError):
    """Nothing left us, or the ERP says that nothing was done: safe to try again."""

    error_class = "unavailable"


class ErpCapacity(ErpUnavailable):
    """The ERP has no room now and did nothing: too many calls, all seats used."""

    error_class = "capacity"


class ErpUncertain(ErpError):
    """Something left us and no answer that can be read came back: it may have happened."""


class ErpAuth(ErpError):
    """The ERP refuses the log-in; trying again with the same credentials may lock the account."""

    error_class = "auth"


class ErpRefused(ErpError):
    """The ERP did nothing because of the record itself: a bad format, a closed period."""

    error_class = "validation"


class ErpReference(ErpRefused):
    """The record refers to something that the ERP does not have."""

    error_class = "reference"


class ErpPrecondition(ErpRefused):
    """Something has to happen first."""

    error_class = "precondition"


class ErpConflict(ErpRefused):
    """The ERP has the code already: ours from an earlier attempt, or another's."""

    error_class = "conflict"


class ErpPartial(ErpError):
    """The ERP holds a part of the record and not all of it; a person has to finish or remove it there."""

    error_class = "partial"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an ERP can do; the engine decides by this how it protects against double records."""

    idempotency: Literal["replay", "refuse", "upsert", "none"]
    read_back: bool = True  # records can be looked up by export key or code
    asynchronous: bool = False  # it takes a record first and posts it later
    batch: int = 1  # records in one call
    line_ids: bool = True  # it gives every line an id of its own
    item_types: frozenset[str] | None = None  # None: all of them


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """One accepted version of an item, as a connector needs it."""

    company: str
    currency: str
    item_type: str
    item_id: str
    export_key: str
    code: str  # what the ERP shall call the record
    payload: Mapping[str, Any]  # the whole item
    change: Mapping[str, Any] | None = None  # only what the ERP does not have yet, where it has the item
    erp_id: str | None = None  # of the record to change
    earlier_keys: tuple[str, ...] = ()  # of exports of the same item that may have reached the ERP
    fields: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)  # item key to ERP id

    @property
    def item(self) -> str:
        """The item's key."""
        return f"{self.company}/{self.item_type}/{self.item_id}"

    @property
    def body(self) -> Mapping[str, Any]:
        """The part of the payload that travels."""
        return self.payload if self.change is None else self.change


@dataclass(frozen=True, slots=True)
class Parcel:
    """A request beside what the connector made of it."""

    request: ExportRequest
    record: Any


@dataclass(frozen=True, slots=True)
class Receipt:
    """The ERP has the record."""

    erp_id: str
    lines: Mapping[str, str] = field(default_factory=dict)  # line number to ERP id
    posting: Literal["manual"] | None = None  # the ERP's people have to post it by hand


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was looked up; `differs` names what is not as it was sent."""

    receipt: Receipt
    item_type: str | None = None
    ours: bool = True  # it carries an export key of this item
    differs: tuple[str, ...] = ()


Answer = Receipt | ErpError


class ErpSession(Protocol):
    """One integration's connection to its ERP; used by one thread at a time.

    Calls raise ErpError. Whatever else `send` raises counts as "it may have happened".
    """

    replays: bool  # whether the ERP surely answers a second send of the same key with the first record

    def translate(self, request: ExportRequest) -> Any:
        """The ERP's record for a request; nothing leaves. Raises ErpError for what the ERP cannot take."""

    def send(self, parcels: Sequence[Parcel]) -> Sequence[Answer]:
        """Create the records in one call, or change one; an answer for each, in the same order."""

    def look_up(self, parcel: Parcel) -> Found | None:
        """The record of an earlier attempt: by every export key of the item, else by its code."""

    def fetch(self, item_type: str, erp_id: str) -> Found | None:
        """The record with this id; None if the ERP has none."""

    def close(self) -> None:
        """Leave."""


class ExportPort(Protocol):
    """A kind of ERP."""

    name: str
    capabilities: Capabilities

    def settle_seconds(self, settings: Mapping[str, Any]) -> float:
        """How long after an attempt "absent" may still become "there"; 0 where a second send is harmless."""

    def open(self, settings: Mapping[str, Any]) -> ErpSession:
        """A session with settings whose secrets are in place; nothing is sent yet. Raises Misconfigured."""


@runtime_checkable
class Checkable(Protocol):
    """A kind of ERP that can be asked whether an integration would work."""

    def check(self, settings: Mapping[str, Any]) -> str | None:
        """What is wrong, or None; changes nothing in the ERP. May raise ErpError and Misconfigured."""
