"""A state in which an item is stuck."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "rest_only_in_final_states"
EXPECTED: Final = ("rejected: is not final and has no way out",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        add=[on("reject", State.READY_TO_EXPORT, State.REJECTED, Role.APPROVER, then=[Emit("rejected")])],
    )
