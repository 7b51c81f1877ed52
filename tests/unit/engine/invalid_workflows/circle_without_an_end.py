"""Two states that only lead to each other."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "every_item_can_end"
EXPECTED: Final = (
    "rejected: no final state can be reached from it",
    "archived: no final state can be reached from it",
)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        add=[
            on("reject", State.READY_TO_EXPORT, State.REJECTED, Role.APPROVER, then=[Emit("rejected")]),
            on("archive", State.REJECTED, State.ARCHIVED, Role.SENDER, then=[Emit("archived")]),
            on("restore", State.ARCHIVED, State.REJECTED, Role.SENDER, then=[Emit("restored")]),
        ],
    )
