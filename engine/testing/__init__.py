"""What tests of programs on Countersign need: a clock that stands still, and commands to send."""

from engine.testing.clock import FakeClock
from engine.testing.commands import command

__all__ = ["FakeClock", "command"]
