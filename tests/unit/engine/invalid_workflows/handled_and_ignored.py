"""An answer that is declared to change nothing where a row handles it."""

from typing import Final

from engine.workflow import State, Workflow, ignore
from tests.unit.engine.small import SMALL

RULE: Final = "handled_or_ignored"
EXPECTED: Final = ("succeeded in accepted: is handled and ignored at once",)


def build() -> Workflow:
    """Build what has to be refused."""
    return SMALL.extend("broken", ignored=[ignore("succeeded", [State.ACCEPTED])])
