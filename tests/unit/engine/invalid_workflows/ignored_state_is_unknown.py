"""An event that is ignored in a state which no row has."""

from typing import Final

from engine.workflow import State, Workflow, ignore
from tests.unit.engine.small import SMALL

RULE: Final = "ignored_is_known"
EXPECTED: Final = ("archived: failed is ignored there, and no row has such a state",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend("broken", ignored=[ignore("failed", [State.ARCHIVED])])
