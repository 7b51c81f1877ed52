"""A move that leaves no trace in the history."""

from typing import Final

from engine.effects import Effect
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "every_row_publishes_once"
EXPECTED: Final = ("succeeded in accepted: publishes 0 events",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        change=[on("succeeded", State.ACCEPTED, State.SYNCED, Role.CONNECTOR, then=[Effect.RECORD_SYNC])],
    )
