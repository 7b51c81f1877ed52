"""A row that is there twice, so that one of them would never be taken."""

from typing import Final

from engine.workflow import Workflow, workflow
from tests.unit.engine.small import FINAL, IGNORED, ROWS

RULE: Final = "one_row_for_each"
EXPECTED: Final = ("send in new: has more than one row",)


def build() -> Workflow:
    """Build what has to be refused."""
    return workflow("broken", [*ROWS, ROWS[0]], IGNORED, FINAL)
