"""A state machine as a table: frozen rows, checked whole when the table is built."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.effects import Emit, Then
from engine.errors import InvalidWorkflow
from engine.facts import Facts, Refusal
from engine.payload import Payload

Guard = Callable[[Facts], Refusal | None]


class State(StrEnum):
    """Where an item can stand; `new` is before its first command."""

    NEW = "new"
    DRAFT = "draft"
    SENT = "sent"
    READY_TO_EXPORT = "ready_to_export"
    READY_TO_UPDATE = "ready_to_update"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SYNCED = "synced"
    FAILED = "failed"
    AWAITING_POSTING = "awaiting_posting"
    UNLINKING = "unlinking"
    ARCHIVED = "archived"


class Role(StrEnum):
    """Who may give a command; the text is what the generated tables show."""

    SENDER = "admin on the item type's tool"
    APPROVER = "approver"
    ERP_ADMIN = "ERP admin"
    CONNECTOR = "the connector"
    POSTER = "the connector, or an approver with a comment"
    SYSTEM = "the system"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition: what happens when `event` arrives in `source`."""

    event: str
    source: State
    target: State
    by: Role
    when: tuple[Guard, ...] = ()
    then: tuple[Then, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that may arrive late or twice in `source` and then changes nothing."""

    event: str
    source: State


def on(
    event: str,
    source: State | Sequence[State],
    target: State,
    by: Role,
    when: Iterable[Guard] = (),
    then: Iterable[Then] = (),
) -> tuple[Row, ...]:
    """Rows for one event, one for each source state."""
    sources = [source] if isinstance(source, State) else source
    return tuple(Row(event, each, target, by, tuple(when), tuple(then)) for each in sources)


def ignore(event: str, source: Sequence[State]) -> tuple[Ignored, ...]:
    """Declare that an event changes nothing in these states."""
    return tuple(Ignored(event, each) for each in source)


ANSWERS: Final = {  # an effect that asks the connector, and the events that may answer
    "REQUEST_EXPORT": ("succeeded", "failed"),
    "REQUEST_UNLINK": ("gone", "still_there"),
}


@dataclass(frozen=True, slots=True)
class Workflow:
    """The lifecycle of one item type. Raises InvalidWorkflow with every problem at once."""

    name: str
    rows: tuple[Row, ...]
    ignored: tuple[Ignored, ...] = ()
    final: frozenset[State] = frozenset()

    def __post_init__(self) -> None:
        from engine.workflow_rules import problems  # noqa: PLC0415  the rules read this class

        if found := problems(self):
            raise InvalidWorkflow(self.name, found)

    def row(self, event: str, source: str) -> Row | None:
        """The row for an event in a state, if there is one."""
        return next((row for row in self.rows if row.event == event and row.source == source), None)

    def ignores(self, event: str, source: str) -> bool:
        """Whether an event is declared to change nothing in a state."""
        return any(each.event == event and each.source == source for each in self.ignored)

    @property
    def states(self) -> tuple[State, ...]:
        """Every state of the table in the order of the lifecycle."""
        used = {state for row in self.rows for state in (row.source, row.target)}
        return tuple(state for state in State if state in used)

    @property
    def events(self) -> tuple[str, ...]:
        """Every event of the table in the order of its first row."""
        return tuple(dict.fromkeys(row.event for row in self.rows))

    def emitted(self) -> tuple[str, ...]:
        """Every event name that the table publishes, in order."""
        return tuple(
            dict.fromkeys(then.event for row in self.rows for then in row.then if isinstance(then, Emit))
        )

    def extend(
        self,
        name: str,
        *,
        add: Iterable[tuple[Row, ...]] = (),
        change: Iterable[tuple[Row, ...]] = (),
        drop: Iterable[tuple[str, State]] = (),
        ignored: Iterable[tuple[Ignored, ...]] = (),
        final: frozenset[State] | None = None,
    ) -> "Workflow":
        """This table with differences; a changed or dropped row has to exist, an added one must not."""
        rows = {(row.event, row.source): row for row in self.rows}
        found: list[str] = []
        for row in (row for group in change for row in group):
            if (row.event, row.source) not in rows:
                found.append(f"change ({row.event}, {row.source}): no such row")
            rows[row.event, row.source] = row
        missing = [key for key in drop if rows.pop(key, None) is None]
        found += [f"drop ({event}, {source}): no such row" for event, source in missing]
        for row in (row for group in add for row in group):
            if (row.event, row.source) in rows:
                found.append(f"add ({row.event}, {row.source}): already a row, use change")
            rows[row.event, row.source] = row
        if found:
            raise InvalidWorkflow(name, found)
        order = list(dict.fromkeys(row.event for row in (*self.rows, *rows.values())))
        table = sorted(
            rows.values(), key=lambda row: order.index(row.event)
        )  # rows of one event stay together
        states = {state for row in table for state in (row.source, row.target)}
        kept = tuple(each for each in self.ignored if each.source in states)  # a state may go with its rows
        more = tuple(each for group in ignored for each in group)
        return Workflow(name, tuple(table), kept + more, self.final if final is None else final)


def workflow(
    name: str,
    transitions: Iterable[tuple[Row, ...]],
    ignored: Iterable[tuple[Ignored, ...]],
    final: Iterable[State],
) -> Workflow:
    """A table from groups of rows."""
    return Workflow(
        name,
        tuple(row for group in transitions for row in group),
        tuple(each for group in ignored for each in group),
        frozenset(final),
    )


@dataclass(frozen=True, slots=True)
class ItemType:
    """One kind of item: its names, its payload and its lifecycle."""

    name: str
    label: str  # "Subcontractor Invoice"
    payload: type[Payload]
    workflow: Workflow

    @property
    def linkable(self) -> bool:
        """Whether it may be linked to a record that the ERP has; one record is for one item then."""
        return self.workflow.row("link", State.DRAFT) is not None

    @property
    def resendable(self) -> bool:
        """Whether it may be sent again when it is synced."""
        return self.workflow.row("send", State.SYNCED) is not None
