"""A way out of failed that leaves its dead letter open."""

from typing import Final

from engine.effects import Effect, Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "failures_are_dead_letters"
EXPECTED: Final = ("replay in failed: does not resolve the dead letter",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        change=[
            on(
                "replay",
                State.FAILED,
                State.ACCEPTED,
                Role.ERP_ADMIN,
                then=[Effect.REQUEST_EXPORT, Emit("replayed")],
            )
        ],
    )
