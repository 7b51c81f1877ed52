"""A changed row that is not there."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "extend"
EXPECTED: Final = ("change (reject, failed): no such row",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken", change=[on("reject", State.FAILED, State.REJECTED, Role.APPROVER, then=[Emit("rejected")])]
    )
