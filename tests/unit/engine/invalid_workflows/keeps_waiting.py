"""A row out of the waiting state that leaves the waiting behind."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "waiting_ends"
EXPECTED: Final = ("release in sent: leaves, and does not stop waiting",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        change=[
            on("release", State.SENT, State.READY_TO_EXPORT, Role.SYSTEM, then=[Emit("ready_to_export")])
        ],
    )
