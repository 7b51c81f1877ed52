"""An added row that would replace another."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "extend"
EXPECTED: Final = ("add (failed, accepted): already a row, use change",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken", add=[on("failed", State.ACCEPTED, State.SYNCED, Role.CONNECTOR, then=[Emit("failed")])]
    )
