"""The ten lifecycles: the table that users read, the code, and the pages are the same."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diagrams import cells
from engine.facts import Refusal
from engine.machine import Lifecycle, Move
from engine.workflow import Row, State, Workflow
from tests.unit.engine.facts_for import facts_for
from tools.workflow_docs import FOLDER
from workflows import ITEM_TYPES, item_types

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = {name: each.workflow for name, each in item_types().items()}
UNLINKABLE = set(ITEM_TYPES) - {"project", "sub_job", "cost_codes", "budget"}

# command: from, to; `ready` is ready_to_export, for cost codes ready_to_update.
SHARED = {
    "draft": {("new", "draft"), ("draft", "draft"), ("rejected", "rejected")},
    "send": {("new", "sent"), ("draft", "sent"), ("rejected", "sent")},
    "release": {("sent", "ready")},
    "retrieve": {("sent", "draft"), ("ready", "draft")},
    "accept": {("ready", "accepted"), ("failed", "accepted")},
    "reject": {("ready", "rejected"), ("failed", "rejected")},
    "succeeded": {("accepted", "synced")},
    "failed": {("accepted", "failed")},
    "replay": {("failed", "accepted")},
    "archive": {("draft", "archived"), ("rejected", "archived")},
    "restore": {("archived", "draft")},
}
UNLINK = {
    "unlink": {("synced", "unlinking")},
    "gone": {("unlinking", "draft")},
    "still_there": {("unlinking", "synced")},
}
LINK = {"link": {(source, "accepted") for source in ("draft", "sent", "ready", "failed", "rejected")}}
POSTING = {
    "awaits_posting": {("accepted", "awaiting_posting")},
    "confirm_posting": {("awaiting_posting", "synced")},
}
WHO = {
    "draft": "SENDER",
    "send": "SENDER",
    "retrieve": "SENDER",
    "archive": "SENDER",
    "restore": "SENDER",
    "accept": "APPROVER",
    "reject": "APPROVER",
    "unlink": "APPROVER",
    "replay": "ERP_ADMIN",
    "link": "ERP_ADMIN",
    "release": "SYSTEM",
    "confirm_posting": "POSTER",
    "succeeded": "CONNECTOR",
    "failed": "CONNECTOR",
    "awaits_posting": "CONNECTOR",
    "gone": "CONNECTOR",
    "still_there": "CONNECTOR",
}
EVENTS = {
    *("drafted", "sent", "ready_to_export", "ready_to_update", "retrieved", "accepted", "rejected", "synced"),
    *("failed", "replayed", "linked", "awaiting_posting", "posted", "unlinking", "unlinked"),
    *("unlink_refused", "archived", "restored"),
}
ROWS = [
    pytest.param(name, row, id=f"{name}-{row.event}-{row.source}")
    for name, workflow in WORKFLOWS.items()
    for row in workflow.rows
]


def expected(name: str) -> dict[str, set[tuple[str, str]]]:
    """What the reference promises for an item type."""
    table = {event: set(moves) for event, moves in SHARED.items()}
    if name in ("cost_codes", "budget"):
        table["send"].add(("synced", "sent"))
    for applies, more in (
        (name in UNLINKABLE, UNLINK),
        (name == "company", LINK),
        (name == "budget", POSTING),
    ):
        table.update(more if applies else {})
    ready = "ready_to_update" if name == "cost_codes" else "ready_to_export"
    return {
        event: {
            (ready if source == "ready" else source, ready if target == "ready" else target)
            for source, target in moves
        }
        for event, moves in table.items()
    }


def unguarded(workflow: Workflow) -> Lifecycle:
    """The lifecycle of an item whose every condition holds."""
    return Lifecycle(replace(workflow, rows=tuple(replace(row, when=()) for row in workflow.rows)))


UNGUARDED = {name: unguarded(workflow) for name, workflow in WORKFLOWS.items()}


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_a_lifecycle_has_the_promised_moves_and_no_other(name: str) -> None:
    """The reference page and the code agree for every command."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in WORKFLOWS[name].rows:
        found.setdefault(row.event, set()).add((row.source, row.target))
    assert found == expected(name)


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_each_command_is_given_by_whom_the_reference_names(name: str) -> None:
    """Roles are the same for all item types."""
    assert {row.event: row.by.name for row in WORKFLOWS[name].rows} == {
        event: WHO[event] for event in expected(name)
    }


def test_together_the_lifecycles_publish_every_event() -> None:
    """`waiting` beside them is published by the effect that waits."""
    assert {event for workflow in WORKFLOWS.values() for event in workflow.emitted()} == EVENTS


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_every_row_is_on_its_page(name: str, row: Row) -> None:
    """What people read is what the program does."""
    page = (ROOT / FOLDER / f"{name}.md").read_text(encoding="utf-8")
    event, _, target, by, when, then = cells([row])[0]
    lines = [line for line in page.splitlines() if line.startswith(f"| {event} | ")]
    columns = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    source = "(none)" if row.source is State.NEW else str(row.source)
    assert any(cell[2:] == [target, by, when, then] and source in cell[1].split(", ") for cell in columns)


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_every_event_in_every_state_moves_is_ignored_or_is_refused(name: str) -> None:
    """No combination is left to chance."""
    workflow = WORKFLOWS[name]
    for event in (*workflow.events, "no_such_event"):
        for state in State:
            row, outcome = workflow.row(event, state), UNGUARDED[name].move(event, facts_for(state))
            if row is not None:
                assert isinstance(outcome, Move)
                assert outcome.target is row.target
            elif workflow.ignores(event, state):
                assert outcome is None
            else:
                assert isinstance(outcome, Refusal)
                assert outcome.code == "wrong_state"


@given(
    name=st.sampled_from(ITEM_TYPES), choices=st.lists(st.integers(min_value=0, max_value=99), max_size=30)
)
def test_an_item_can_always_come_to_rest(name: str, choices: list[int]) -> None:
    """Whatever happened to an item, there is a way to the ERP or to the archive."""
    state = State.NEW
    for choice in choices:
        rows = [row for row in WORKFLOWS[name].rows if row.source is state]
        if not rows:
            break
        outcome = UNGUARDED[name].move(rows[choice % len(rows)].event, facts_for(state))
        assert isinstance(outcome, Move)
        state = outcome.target
    reached, ahead = {state}, [state]
    while ahead:
        here = ahead.pop()
        targets = {row.target for row in WORKFLOWS[name].rows if row.source is here} - reached
        reached |= targets
        ahead += targets
    assert {State.SYNCED, State.ARCHIVED} & reached


@pytest.mark.parametrize("name", ITEM_TYPES)
def test_the_file_of_an_item_type_declares_and_does_nothing_else(name: str) -> None:
    """Imports, the payload, small functions for its rules, and one assignment: the item type."""
    tree = ast.parse((ROOT / "workflows" / f"{name}.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    allowed = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef)
    rest = [node for node in tree.body[1:] if not isinstance(node, allowed)]
    assert len(rest) == 1
    assert isinstance(rest[0], ast.Assign)
    assert ast.unparse(rest[0].targets[0]) == name.upper()


def test_importing_the_package_loads_no_item_type() -> None:
    """A command line that only prints its help does not wait for ten payload models."""
    code = "import sys, workflows; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
