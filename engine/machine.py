"""Moves items through their lifecycle; the only file that knows the library `transitions`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from engine.facts import Facts, Refusal
from engine.workflow import Guard, Role, Row, State, Workflow

if TYPE_CHECKING:
    from transitions import EventData, Machine

_PEOPLE: Final = (Role.SENDER, Role.APPROVER, Role.ERP_ADMIN, Role.POSTER)
_compiled: Final[dict[int, Lifecycle]] = {}


@dataclass(frozen=True, slots=True)
class Move:
    """A transition that may take place: the state after it, and its row with the effects."""

    target: State
    row: Row


class _Subject:
    """What the library moves; it lives for one decision."""

    __slots__ = ("facts", "refusal", "state")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.state = str(facts.item.state)  # the library takes members of an enumeration by another name
        self.refusal: Refusal | None = None


class Lifecycle:
    """A workflow that can be driven; compiled when it is first needed, and then shared by all items."""

    def __init__(self, workflow: Workflow) -> None:
        self.workflow = workflow
        self._rows = {(row.event, str(row.source)): row for row in workflow.rows}
        self._ignored = {(each.event, str(each.source)) for each in workflow.ignored}

    def move(self, event: str, facts: Facts) -> Move | Refusal | None:
        """What an event does to an item: a move, a refusal, or nothing where that is declared."""
        here = (event, str(facts.item.state))
        row = self._rows.get(here)
        if row is None:
            return None if here in self._ignored else self._wrong_state(event, facts)
        subject = _Subject(facts)
        if self._machine.events[event].trigger(subject):
            return Move(row.target, row)
        return subject.refusal

    def possible(self, state: str) -> tuple[str, ...]:
        """The commands that people may give in a state."""
        rows = (row for (_, source), row in self._rows.items() if source == state)
        return tuple(row.event for row in rows if row.by in _PEOPLE)

    def _wrong_state(self, event: str, facts: Facts) -> Refusal:
        key, state = facts.item.key, str(facts.item.state)
        possible = " or ".join(self.possible(state)) or "nothing but to wait"
        return Refusal(
            "wrong_state", f"{key} is {state}, where {event} is not possible; possible now: {possible}"
        )

    @cached_property
    def _machine(self) -> Machine:
        from transitions import Machine  # noqa: PLC0415  a process that decides nothing does not need it

        return Machine(
            model=None,
            states=[str(state) for state in self.workflow.states],
            transitions=[_transition(row) for row in self.workflow.rows],
            initial=str(State.NEW),
            auto_transitions=False,
            send_event=True,
        )


def lifecycle(workflow: Workflow) -> Lifecycle:
    """The one lifecycle of a workflow."""
    # By identity: hashing a table costs more than a move, and the lifecycle keeps its workflow alive.
    return _compiled.get(id(workflow)) or _compiled.setdefault(id(workflow), Lifecycle(workflow))


def _transition(row: Row) -> dict[str, Any]:
    return {
        "trigger": row.event,
        "source": str(row.source),
        "dest": str(row.target),
        "conditions": [_condition(guard) for guard in row.when],
    }


def _condition(guard: Guard) -> Callable[[EventData], bool]:
    def passes(event: EventData) -> bool:
        subject = cast(_Subject, event.model)
        subject.refusal = guard(subject.facts)
        return subject.refusal is None

    return passes
