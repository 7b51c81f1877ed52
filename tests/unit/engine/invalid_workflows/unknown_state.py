"""A row that leads to a misspelt state."""

from typing import Final, cast

from engine.effects import Emit
from engine.workflow import Role, State, Workflow, on, workflow
from tests.unit.engine.small import FINAL

RULE: Final = "states_exist"
EXPECTED: Final = (
    "sentt: there is no such state",
    "synced: is final, and no row has such a state",
    "new: no final state can be reached from it",
)


def build() -> Workflow:
    """Build what has to be refused."""
    return workflow(
        "broken", [on("send", State.NEW, cast(State, "sentt"), Role.SENDER, then=[Emit("sent")])], (), FINAL
    )
