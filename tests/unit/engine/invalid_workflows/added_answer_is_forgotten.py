"""A third answer of the connector that may come twice, and nobody said what then."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "late_answers_are_foreseen"
EXPECTED: Final = (
    "awaits_posting may arrive in synced: it is neither handled nor ignored there",
    "awaits_posting may arrive in failed: it is neither handled nor ignored there",
)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken",
        add=[
            on(
                "awaits_posting",
                State.ACCEPTED,
                State.SYNCED,
                Role.CONNECTOR,
                then=[Emit("awaiting_posting")],
            )
        ],
    )
