"""An ignored event that no row has, as after a slip of the pen."""

from typing import Final

from engine.workflow import State, Workflow, ignore
from tests.unit.engine.small import SMALL

RULE: Final = "ignored_is_known"
EXPECTED: Final = ("suceeded: is ignored in synced, and no row has such an event",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend("broken", ignored=[ignore("suceeded", [State.SYNCED])])
