"""What is known when a command is decided: frozen snapshots, loaded before, never queried while deciding."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from engine.messages import Command

if TYPE_CHECKING:
    from engine.payload import Payload
    from engine.workflow import ItemType

CODES: Final = (  # refusals in order of precedence: the first that holds wins
    "untrusted_source",
    "reused_id",
    "unknown_command",
    "unknown_company",
    "unknown_actor",
    "unknown_item",
    "not_allowed",
    "wrong_state",
    "stale_attempt",
    "stale_version",
    "invalid_payload",
    "invalid_field",
    "prerequisite",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command has no effect, in words that its sender understands."""

    code: str
    message: str
    errors: tuple[tuple[str, str], ...] = ()  # (path, message)
    blocked_by: tuple[str, ...] = ()  # what it waits for


@dataclass(frozen=True)  # no slots: it is copied often, see engine.values
class Item:
    """One item as it stands; `state` is `new` while it does not exist."""

    company: str
    item_type: str
    id: str
    state: str = "new"
    version: int = 0
    sequence: int = 0
    head: str = ""  # hash of the newest history entry, hex
    project: str | None = None
    title: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    waiting_on: tuple[str, ...] = ()  # needs, see engine.needs
    synced_version: int | None = None
    synced_payload: Mapping[str, Any] | None = None
    erp_id: str | None = None
    erp_lines: Mapping[str, str] = field(default_factory=dict)
    created_by: str | None = None
    sent_by: str | None = None
    accepted_by: str | None = None
    comment: str | None = None  # of the last rejection
    error: Mapping[str, Any] | None = None  # of the last failed export
    url: str | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()
    created_at: str | None = None
    updated_at: str | None = None

    @property
    def key(self) -> str:
        """`<company>/<item_type>/<id>`."""
        return f"{self.company}/{self.item_type}/{self.id}"

    @property
    def export_key(self) -> str:
        """`<item key>@<version>`: stable over all attempts."""
        return f"{self.key}@{self.version}"

    @property
    def editable(self) -> bool:
        """Whether its sender may change it now."""
        return self.state in ("draft", "rejected")


@dataclass(frozen=True, slots=True)
class Person:
    """One person of one company and what that person may do."""

    email: str
    name: str = ""
    erp: str = "none"  # none | read_only | standard | admin
    can_push_to_accounting: bool = False
    projects: tuple[str, ...] | None = None  # approver on these only
    tools: Mapping[str, str] = field(default_factory=dict)  # item type, or "*", to level
    tool_projects: tuple[str, ...] | None = None  # tools on these only
    directory: str = "none"
    daily_summary: bool = True

    def tool(self, item_type: str) -> str:
        """The level on the tool of an item type."""
        return self.tools.get(item_type) or self.tools.get("*") or "none"


@dataclass(frozen=True, slots=True)
class Integration:
    """A company's link to one ERP."""

    connector: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)  # item type to its rules
    export: str = "immediate"


@dataclass(frozen=True, slots=True)
class Company:
    """A tenant."""

    slug: str
    name: str = ""
    currency: str = "USD"
    timezone: str = "UTC"
    daily_summary_at: str = "07:00"
    templates: str | None = None
    integration: Integration | None = None


@dataclass(frozen=True)  # no slots: it is copied often, see engine.values
class Export:
    """One accepted version of an item on its way to the ERP; `attempt` is the current one, another is stale."""

    key: str
    item: str
    company: str
    connector: str
    version: int
    status: str  # requested | sending | retrying | in_doubt | succeeded | failed
    attempt: int
    mode: str  # send | lookup | unlink
    requested_at: str
    due_at: str | None = None  # when it is looked at again: the lease's end, the next attempt; None: parked
    tries: int = 0  # delayed attempts used since it was requested
    worker: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)  # references, earlier_exports, adopt
    error: Mapping[str, Any] | None = None
    erp_id: str | None = None  # what a late answer said
    holds: bool = False  # the ERP holds a part of it, so the item cannot be rejected
    tried: bool = False  # an attempt may have reached the ERP, so the next one looks up first
    doubt_since: str | None = None
    finished_at: str | None = None

    @property
    def adopt(self) -> str | None:
        """The ERP id that the item is to be linked to."""
        found: str | None = self.request.get("adopt")
        return found


@dataclass(frozen=True)  # no slots: it is copied often, see engine.values
class Facts:
    """Everything that one decision may look at."""

    now: str  # RFC 3339, UTC
    command: Command
    kind: "ItemType"
    company: Company
    item: Item
    person: Person | None = None
    actor: str = ""  # an e-mail address, connector:<kind>, operator:<login>, or system
    trusted_operator: bool = False  # whoever sent it holds the database's password
    payload: "Payload | None" = None  # what the command brings, when it is valid
    payload_problems: tuple[tuple[str, str], ...] = ()
    project: str | None = None  # of the item as it would be
    unmet: tuple[str, ...] = ()  # needs that have no synced version
    claimed: Mapping[tuple[str, str], str] = field(
        default_factory=dict
    )  # (scope, value) to the item that has it
    posting: str | None = None  # another budget of the project that waits for its posting
    dependents: tuple[str, ...] = ()  # accepted or synced items that refer to this one
    export: Export | None = None
    references: Mapping[str, str] = field(default_factory=dict)  # item key to ERP id
    earlier: tuple[Export, ...] = ()  # this item's other exports
    lease: float = 60.0  # seconds that one attempt may take
