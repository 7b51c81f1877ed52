"""Dead letters that are opened and resolved where nothing failed."""

from typing import Final

from engine.effects import Effect, Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "failures_are_dead_letters"
EXPECTED: Final = (
    "succeeded in accepted: opens a dead letter without failing",
    "succeeded in accepted: resolves a dead letter that is not there",
)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        change=[
            on(
                "succeeded",
                State.ACCEPTED,
                State.SYNCED,
                Role.CONNECTOR,
                then=[Effect.DEAD_LETTER, Effect.RESOLVE_DEAD_LETTER, Emit("synced")],
            )
        ],
    )
