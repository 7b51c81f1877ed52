"""A final state that no row has."""

from typing import Final

from engine.workflow import State, Workflow
from tests.unit.engine.small import FINAL, SMALL

RULE: Final = "final_states_occur"
EXPECTED: Final = ("archived: is final, and no row has such a state",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend("broken", final=FINAL | {State.ARCHIVED})
