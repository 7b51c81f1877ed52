"""The misbehaviour that the practice ERP has been told to show."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from connectors.practice_erp.answers import Answer, RefusedError

MODES = ("none", "down", "rate_limit", "slow", "drop_before", "drop_after", "reject", "locked")
DEFAULT_WAIT_SECONDS = 1.0
MAX_SECONDS = 86_400
_REFUSALS = {
    "down": (503, "The practice ERP has been told to be down: nothing was done, try again later."),
    "rate_limit": (429, "The practice ERP has been told to limit calls: nothing was done, heed Retry-After."),
    "reject": (422, "The practice ERP has been told to reject: nothing was done."),
    "locked": (401, "The practice ERP has been told that this account is locked: nothing was done."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, how often and for how long.

    `rate` is the probability for each call. `count` is how many calls it hits before it ends by itself; a
    call that the rate spares does not count. `seconds` is the wait of `slow` (each call) and the Retry-After
    of `rate_limit`, 1 where it is not given: both last until their count is used up or another fault is put.
    For every other mode `seconds` is how long the fault lasts, without it until another one is put.
    """

    mode: str = "none"
    rate: float = 1.0
    seconds: float | None = None
    count: int | None = None

    @property
    def lasts(self) -> float | None:
        return None if self.mode in ("slow", "rate_limit") else self.seconds

    @property
    def wait_seconds(self) -> float:
        return DEFAULT_WAIT_SECONDS if self.seconds is None else self.seconds

    def refusal(self) -> Answer:
        """Answer as this fault does; only for the modes that refuse."""
        status, message = _REFUSALS[self.mode]
        retry_after = (("Retry-After", str(ceil(self.wait_seconds))),) if self.mode == "rate_limit" else ()
        return RefusedError(status, self.mode, message, retry_after).answer()

    def document(self) -> dict[str, Any]:
        return {"mode": self.mode, "rate": self.rate, "seconds": self.seconds, "count": self.count}


NO_FAULT = Fault()


class Faults:
    """The fault in force; safe to ask from many threads."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, chance: Callable[[], float] = random.random
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._lock = threading.Lock()
        self._fault = NO_FAULT
        self._ends_at: float | None = None

    def put(self, fault: Fault) -> None:
        with self._lock:
            self._fault = fault
            self._ends_at = None if fault.lasts is None else self._clock() + fault.lasts

    def current(self) -> Fault:
        with self._lock:
            return self._in_force()

    def for_next_call(self) -> Fault:
        """Return the fault that hits this call, or `NO_FAULT`, and use up one of its count."""
        with self._lock:
            fault = self._in_force()
            if fault.mode == "none" or self._chance() >= fault.rate:
                return NO_FAULT
            if fault.count is not None:
                self._fault = replace(fault, count=fault.count - 1)
            return fault

    def _in_force(self) -> Fault:
        over = self._ends_at is not None and self._clock() >= self._ends_at
        if over or self._fault.count == 0:
            self._fault, self._ends_at = NO_FAULT, None
        return self._fault


def fault_from(value: Any) -> Fault:
    """Read `{mode, rate?, seconds?, count?}`; refuse with 400 that names what is wrong."""
    if not isinstance(value, dict):
        raise _invalid("A fault is a JSON object with a mode.")
    unknown = sorted(value.keys() - {"mode", "rate", "seconds", "count"})
    if unknown:
        raise _invalid(f"Unknown field {unknown[0][:60]!r}: a fault has mode, rate, seconds and count.")
    if value.get("mode") not in MODES:
        raise _invalid(f"mode has to be one of {', '.join(MODES)}.")
    if value["mode"] == "none":
        return NO_FAULT
    rate = _number(value, "rate", 1)
    count = value.get("count")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or count < 0):
        raise _invalid("count has to be a whole number from 0.")
    return Fault(value["mode"], 1.0 if rate is None else rate, _number(value, "seconds", MAX_SECONDS), count)


def _number(value: dict[str, Any], name: str, highest: int) -> float | None:
    number = value.get(name)
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number <= highest:
        raise _invalid(f"{name} has to be a number from 0 to {highest}.")
    return float(number)


def _invalid(message: str) -> RefusedError:
    return RefusedError(400, "invalid_fault", message)
