"""Facts for tests: an item in a state, and a command for it."""

from typing import Any

from engine.facts import Company, Facts, Item
from engine.messages import Command
from engine.payload import Payload
from engine.workflow import ItemType
from tests.unit.engine.small import SMALL

KIND = ItemType("note", "Note", Payload, SMALL)


def facts_for(state: str, event: str = "accept", **more: Any) -> Facts:
    """What is known about an item in a state when a command arrives."""
    command = Command(
        source="/test",
        id="1",
        type=f"countersign.command.{event}.v1",
        subject="acme/note/N-1",
        actor="pat@acme.test",
        data={},
        key=b"",
        content=b"",
    )
    known = {
        "now": "2026-11-21T09:30:00Z",
        "command": command,
        "kind": KIND,
        "company": Company("acme"),
        "item": Item("acme", "note", "N-1", state=state),
    }
    return Facts(**{**known, **more})
