"""A request to the connector one of whose answers no row takes."""

from typing import Final

from engine.workflow import State, Workflow
from tests.unit.engine.small import SMALL

RULE: Final = "every_question_has_answers"
EXPECTED: Final = (
    "failed: is ignored in synced, and no row has such an event",
    "accept in ready_to_export: asks, and accepted has no row for answer failed",
    "failed may arrive in accepted: it is neither handled nor ignored there",
)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend("broken", drop=[("failed", State.ACCEPTED), ("replay", State.FAILED)])
