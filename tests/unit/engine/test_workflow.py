"""Tables of transitions: how they are written, and how one is made from another."""

from engine.effects import Emit
from engine.workflow import Role, State, ignore, on
from tests.unit.engine.small import SMALL


def test_one_line_makes_a_row_for_each_source() -> None:
    """Several states may share one line of a table."""
    rows = on("reject", [State.READY_TO_EXPORT, State.FAILED], State.REJECTED, Role.APPROVER)
    assert [row.source for row in rows] == [State.READY_TO_EXPORT, State.FAILED]


def test_a_row_is_found_by_event_and_state() -> None:
    """The state may come as plain text, as a store gives it."""
    row = SMALL.row("accept", "ready_to_export")
    assert row is not None
    assert row.target is State.ACCEPTED
    assert SMALL.row("accept", "synced") is None


def test_a_table_knows_what_it_ignores() -> None:
    """A late answer is declared, not left to chance."""
    assert SMALL.ignores("failed", "synced")
    assert not SMALL.ignores("failed", "accepted")


def test_states_come_in_the_order_of_the_lifecycle() -> None:
    """Pages and diagrams list states in the order in which an item meets them."""
    assert SMALL.states[0] is State.NEW
    assert list(SMALL.states) == sorted(SMALL.states, key=list(State).index)


def test_a_table_tells_what_it_publishes() -> None:
    """Schemas of events are made from this list."""
    assert SMALL.emitted() == ("sent", "ready_to_export", "accepted", "synced", "failed", "replayed")


def test_an_added_row_stands_with_the_rows_of_its_event() -> None:
    """A generated table shows everything about one event together."""
    extended = SMALL.extend(
        "more",
        add=[on("send", State.SYNCED, State.SENT, Role.SENDER, then=[Emit("sent")])],
        ignored=[ignore(event, [State.SENT, State.READY_TO_EXPORT]) for event in ("succeeded", "failed")],
    )
    assert [row.source for row in extended.rows[:2]] == [State.NEW, State.SYNCED]
    assert extended.events == SMALL.events


def test_what_is_ignored_goes_with_its_state() -> None:
    """A table without a state does not ignore anything there."""
    base = SMALL.extend(
        "more",
        add=[
            on("archive", State.SYNCED, State.ARCHIVED, Role.SENDER, then=[Emit("archived")]),
            on("restore", State.ARCHIVED, State.SYNCED, Role.SENDER, then=[Emit("restored")]),
        ],
        ignored=[ignore(event, [State.ARCHIVED]) for event in ("succeeded", "failed")],
    )
    less = base.extend("less", drop=[("archive", State.SYNCED), ("restore", State.ARCHIVED)])
    assert less.ignored == SMALL.ignored
    assert less.rows == SMALL.rows
