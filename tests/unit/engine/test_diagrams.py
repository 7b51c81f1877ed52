"""Workflows as diagrams, tables and pages."""

from engine.diagrams import cells, condition, effect, ignored, markdown, mermaid, table
from engine.effects import Effect, Emit
from engine.guards import prerequisites_are_met
from engine.pages import differences, page
from engine.workflow import Role, State, on
from tests.unit.engine.facts_for import KIND
from tests.unit.engine.small import SMALL


def test_the_diagram_has_an_arrow_for_each_pair_of_states() -> None:
    """The diagram is the table, drawn."""
    assert mermaid(SMALL).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> sent: send",
        "    sent --> ready_to_export: release",
        "    ready_to_export --> accepted: accept",
        "    accepted --> synced: succeeded",
        "    accepted --> failed: failed",
        "    failed --> accepted: replay",
        "    synced --> [*]",
    ]


def test_events_between_the_same_states_share_an_arrow() -> None:
    """Two arrows on one line would hide each other."""
    again = on(
        "retry",
        State.FAILED,
        State.ACCEPTED,
        Role.ERP_ADMIN,
        then=[Effect.RESOLVE_DEAD_LETTER, Effect.REQUEST_EXPORT, Emit("retried")],
    )
    assert "    failed --> accepted: replay, retry\n" in mermaid(SMALL.extend("more", add=[again]))


def test_the_table_has_a_line_for_each_row() -> None:
    """Nothing of a workflow is missing on its page."""
    lines = table(SMALL).splitlines()
    assert lines[0] == "| event | from | to | by | when | then |"
    assert len(lines) == 2 + len(SMALL.rows)
    assert lines[2] == (
        "| send | (none) | sent | admin on the item type's tool |  | take the new title and payload;"
        " the version rises; note what it waits for; go on at once if there is nothing; publish `sent` |"
    )


def test_rows_that_differ_only_in_their_source_share_a_line() -> None:
    """A reader sees one behaviour once."""
    rows = on("reject", [State.FAILED, State.READY_TO_EXPORT], State.REJECTED, Role.APPROVER)
    assert cells(rows) == [("reject", "ready_to_export, failed", "rejected", "approver", "", "")]


def test_conditions_and_effects_are_told_in_words() -> None:
    """The words come from the code that does it."""
    assert condition(prerequisites_are_met) == "Everything that the item refers to is in the ERP"
    assert effect(Effect.DEAD_LETTER) == "open a dead letter"
    assert effect(Emit("sent")) == "publish `sent`"


def test_what_is_ignored_is_listed() -> None:
    """A reader sees which answers may come late."""
    assert "| failed | synced, failed |" in ignored(SMALL)


def test_a_bar_in_a_text_does_not_break_a_table() -> None:
    """Every text stays in its cell."""
    assert markdown(("a",), [("x|y\nz",)]) == "| a |\n| --- |\n| x\\|y z |\n"


def test_a_page_names_what_differs_from_the_shared_lifecycle() -> None:
    """A reader who knows the shared lifecycle reads only the difference."""
    more = SMALL.extend(
        "more", add=[on("note", State.SYNCED, State.SYNCED, Role.SENDER, then=[Emit("noted")])]
    )
    assert differences(SMALL, SMALL) == "Nothing.\n"
    assert "| only here | note | synced | synced |" in differences(more, SMALL)
    assert "| only shared | note | synced | synced |" in differences(SMALL, more)
    assert page(KIND, SMALL).startswith("# Note\n")
