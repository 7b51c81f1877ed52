"""A table in which no item ever rests."""

from typing import Final

from engine.workflow import Workflow, workflow
from tests.unit.engine.small import IGNORED, ROWS

RULE: Final = "final_states_occur"
EXPECTED: Final = (
    "there is no final state",
    "synced: is not final and has no way out",
    "new: no final state can be reached from it",
    "sent: no final state can be reached from it",
    "ready_to_export: no final state can be reached from it",
    "accepted: no final state can be reached from it",
    "failed: no final state can be reached from it",
)


def build() -> Workflow:
    """Build what has to be refused."""
    return workflow("broken", ROWS, IGNORED, ())
