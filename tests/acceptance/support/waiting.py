"""Waiting for something that tells nobody: looked at again at once, and then a little later each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_LONGEST = 0.5  # seconds between two looks


def eventually(look: Callable[[], T], timeout: float, what: str) -> T:
    """The first true thing that `look` returns; fails with what was last seen."""
    end, pause = time.monotonic() + timeout, 0.02
    nothing = threading.Event()
    while not (seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout:.0f} s still not: {what}")
        nothing.wait(pause)
        pause = min(pause * 1.5, _LONGEST)
    return seen
