"""Moving items through a lifecycle."""

import gc
import subprocess
import sys

import pytest

from engine.effects import Emit
from engine.facts import Facts, Refusal
from engine.machine import Lifecycle, Move, lifecycle
from engine.workflow import Guard, Role, Row, State, on
from tests.unit.engine.facts_for import facts_for
from tests.unit.engine.small import SMALL

asked: list[str] = []


def first(facts: Facts) -> Refusal | None:
    """The first condition."""
    asked.append("first")
    return None if facts.item.title else Refusal("invalid_field", "the first refuses")


def second(facts: Facts) -> Refusal | None:
    """The second condition."""
    asked.append("second")
    return Refusal("prerequisite", "the second refuses")


def explode(facts: Facts) -> Refusal | None:
    """A condition with a bug."""
    raise ZeroDivisionError


def guarded(*guards: Guard) -> Lifecycle:
    """The small lifecycle with conditions for accept."""
    row = SMALL.row("accept", "ready_to_export")
    assert row is not None
    changed = on("accept", row.source, row.target, row.by, guards, row.then)
    return Lifecycle(SMALL.extend("guarded", change=[changed]))


@pytest.mark.parametrize("row", SMALL.rows, ids=lambda row: f"{row.event}-{row.source}")
def test_a_row_moves_an_item_to_its_target(row: Row) -> None:
    """The move names the new state and the row whose effects have to be performed."""
    assert lifecycle(SMALL).move(row.event, facts_for(row.source)) == Move(row.target, row)


def test_a_declared_latecomer_changes_nothing() -> None:
    """An ignored event is neither a move nor a refusal."""
    assert lifecycle(SMALL).move("failed", facts_for("synced")) is None


def test_an_event_in_another_state_is_refused_with_what_is_possible() -> None:
    """Whoever gives a command in the wrong state reads what can be done instead."""
    refusal = lifecycle(SMALL).move("accept", facts_for("failed"))
    assert refusal == Refusal(
        "wrong_state", "acme/note/N-1 is failed, where accept is not possible; possible now: replay"
    )


def test_a_state_that_only_waits_says_so() -> None:
    """Nothing that people can do is offered while the connector works."""
    refusal = lifecycle(SMALL).move("accept", facts_for("accepted"))
    assert isinstance(refusal, Refusal)
    assert refusal.message.endswith("possible now: nothing but to wait")


def test_an_event_of_another_lifecycle_is_refused() -> None:
    """A command that this item type does not have is possible in no state."""
    refusal = lifecycle(SMALL).move("link", facts_for("failed"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "wrong_state"


def test_the_first_condition_that_refuses_wins() -> None:
    """Conditions are asked in the row's order, and none after the first refusal."""
    asked.clear()
    refusal = guarded(first, second).move("accept", facts_for("ready_to_export"))
    assert refusal == Refusal("invalid_field", "the first refuses")
    assert asked == ["first"]


def test_every_condition_has_to_agree() -> None:
    """A later condition may refuse what an earlier one let through."""
    facts = facts_for("ready_to_export")
    titled = facts_for(
        "ready_to_export", item=type(facts.item)("acme", "note", "N-1", "ready_to_export", title="T")
    )
    assert guarded(first, second).move("accept", titled) == Refusal("prerequisite", "the second refuses")
    assert isinstance(guarded(first).move("accept", titled), Move)


def test_a_bug_in_a_condition_is_not_a_refusal() -> None:
    """A condition that breaks is reported as it is."""
    with pytest.raises(ZeroDivisionError):
        guarded(explode).move("accept", facts_for("ready_to_export"))


def test_nothing_of_an_item_is_kept() -> None:
    """A lifecycle is shared by millions of items and keeps none of them."""
    before = _subjects()
    for _ in range(10):
        lifecycle(SMALL).move("accept", facts_for("ready_to_export"))
    assert _subjects() == before


def _subjects() -> int:
    gc.collect()
    return sum(type(each).__name__ == "_Subject" for each in gc.get_objects())


def test_a_workflow_has_one_lifecycle() -> None:
    """Compiling happens once in a process."""
    assert lifecycle(SMALL) is lifecycle(SMALL)
    other = SMALL.extend(
        "other", add=[on("note", State.SYNCED, State.SYNCED, Role.SENDER, then=[Emit("noted")])]
    )
    assert lifecycle(other) is not lifecycle(SMALL)


def test_the_state_machine_library_is_loaded_only_when_something_moves() -> None:
    """A command line that only prints its help does not wait for it."""
    code = "import sys, engine.machine; sys.exit('transitions' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
