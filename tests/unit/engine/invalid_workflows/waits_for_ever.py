"""A state in which an item waits, and nothing releases it by itself."""

from typing import Final

from engine.effects import Effect, Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "waiting_ends"
EXPECTED: Final = ("sent: an item waits there, and no row of the system releases it",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        change=[
            on(
                "release",
                State.SENT,
                State.READY_TO_EXPORT,
                Role.SENDER,
                then=[Effect.STOP_WAITING, Emit("ready_to_export")],
            )
        ],
    )
