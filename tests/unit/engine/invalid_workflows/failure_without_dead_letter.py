"""A failure that nobody would find again."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "failures_are_dead_letters"
EXPECTED: Final = ("failed in accepted: leads to failed without opening a dead letter",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken", change=[on("failed", State.ACCEPTED, State.FAILED, Role.CONNECTOR, then=[Emit("failed")])]
    )
