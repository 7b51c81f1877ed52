"""A row that makes an item unknown again."""

from typing import Final

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on
from tests.unit.engine.small import SMALL

RULE: Final = "nothing_leads_to_new"
EXPECTED: Final = ("forget in ready_to_export: leads back to new",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend(
        "broken", add=[on("forget", State.READY_TO_EXPORT, State.NEW, Role.SENDER, then=[Emit("forgotten")])]
    )
