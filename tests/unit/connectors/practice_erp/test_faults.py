"""When a fault hits and when it ends."""

from __future__ import annotations

import pytest

from connectors.practice_erp.faults import MODES, NO_FAULT, Fault, Faults, fault_from


class _Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("mode", ["down", "drop_before", "drop_after", "reject", "locked"])
def test_seconds_are_how_long_a_fault_lasts(mode: str) -> None:
    """It hits until its time is over, then it is none."""
    clock = _Clock()
    faults = Faults(clock=clock)
    faults.put(Fault(mode, seconds=5))
    clock.now += 4.9
    assert faults.for_next_call().mode == mode
    clock.now += 0.1
    assert faults.for_next_call() == faults.current() == NO_FAULT


@pytest.mark.parametrize("mode", ["slow", "rate_limit"])
def test_seconds_of_a_wait_do_not_end_the_fault(mode: str) -> None:
    """There they say how long each call waits."""
    clock = _Clock()
    faults = Faults(clock=clock)
    faults.put(Fault(mode, seconds=5))
    clock.now += 3600
    assert faults.for_next_call().wait_seconds == 5


def test_a_new_fault_forgets_the_end_of_the_one_before() -> None:
    """Each fault has its own time."""
    clock = _Clock()
    faults = Faults(clock=clock)
    faults.put(Fault("down", seconds=1))
    faults.put(Fault("locked"))
    clock.now += 60
    assert faults.for_next_call().mode == "locked"


def test_the_rate_is_the_chance_of_each_call_and_spared_calls_do_not_count() -> None:
    """With a rate of a third and a count of two, two calls are hit."""
    chances = iter([0.5, 0.1, 0.9, 0.32])
    faults = Faults(chance=lambda: next(chances))
    faults.put(Fault("down", rate=0.33, count=2))
    assert [faults.for_next_call().mode for _ in range(5)] == ["none", "down", "none", "down", "none"]


def test_a_count_of_0_is_no_fault() -> None:
    """Nobody is hit and none is shown."""
    faults = Faults()
    faults.put(Fault("down", count=0))
    assert faults.current() == NO_FAULT


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_can_be_told_by_its_name_alone(mode: str) -> None:
    """The rest has defaults, also where it is null."""
    assert fault_from({"mode": mode}) == Fault(mode)
    assert fault_from({"mode": mode, "rate": None, "seconds": None, "count": None}) == Fault(mode)


@pytest.mark.parametrize(("seconds", "header"), [(None, "1"), (0, "0"), (0.2, "1"), (30, "30")])
def test_retry_after_is_in_whole_seconds_rounded_up(seconds: float | None, header: str) -> None:
    """A client that heeds it never comes too early."""
    assert Fault("rate_limit", seconds=seconds).refusal().headers == (("Retry-After", header),)
