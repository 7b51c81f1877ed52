"""A state that no item ever reaches."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "every_state_is_reachable"
EXPECTED: Final = ("archived: cannot be reached from new",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken", add=[on("restore", State.ARCHIVED, State.SYNCED, Role.SENDER, then=[Emit("restored")])]
    )
