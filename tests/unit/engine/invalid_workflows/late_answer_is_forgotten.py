"""An answer that may come twice, and nobody said what then."""

from typing import Final

from engine.workflow import Workflow, workflow
from tests.unit.engine.small import FINAL, IGNORED, ROWS

RULE: Final = "late_answers_are_foreseen"
EXPECTED: Final = (
    "failed may arrive in synced: it is neither handled nor ignored there",
    "failed may arrive in failed: it is neither handled nor ignored there",
)


def build() -> Workflow:
    """Build what has to be refused."""
    return workflow("broken", ROWS, IGNORED[:1], FINAL)
