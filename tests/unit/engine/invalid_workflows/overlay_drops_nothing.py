"""A dropped row that is not there."""

from typing import Final

from engine.workflow import State, Workflow
from tests.unit.engine.small import SMALL

RULE: Final = "extend"
EXPECTED: Final = ("drop (reject, failed): no such row",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend("broken", drop=[("reject", State.FAILED)])
