"""An event that different people give in different states."""

from typing import Final

from engine.effects import Effect, Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "one_role_for_each"
EXPECTED: Final = ("accept: is given by approver and by ERP admin, and one event has one role",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        add=[
            on(
                "accept",
                State.FAILED,
                State.ACCEPTED,
                Role.ERP_ADMIN,
                then=[Effect.RESOLVE_DEAD_LETTER, Effect.REQUEST_EXPORT, Emit("accepted")],
            )
        ],
    )
