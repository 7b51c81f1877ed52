"""Roles that fail, beside others that do not."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console import errors
from console.serving import Serving
from console.wiring import Site
from engine.errors import StoreUnavailable
from tests.integration.console.sites import installation

SOON = 20.0


class Failing:
    """A role that fails some times, and then works until it is told to stop."""

    def __init__(self, times: int, problem: Callable[[], Exception]) -> None:
        self.runs, self._times, self._problem = 0, times, problem
        self.working = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Fail, or work."""
        self.runs += 1
        if self.runs <= self._times:
            raise self._problem()
        self.working.set()
        stop.wait()


def bug() -> Exception:
    """A bug of ours."""
    return RuntimeError("a bug")


def away() -> Exception:
    """What is waited for."""
    return StoreUnavailable("the database is away")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An installation."""
    with installation(tmp_path) as found:
        found.database  # noqa: B018  makes the folder that signals are sent through
        yield found


def served(site: Site, *roles: Failing) -> int:
    """Serve the roles, stop when all of them work, and return the exit code."""
    serving = Serving(site, [(f"role-{number}", role) for number, role in enumerate(roles)], lambda _: 0.0)
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(serving.run(lambda: None)))
    thread.start()
    assert all(role.working.wait(SOON) for role in roles)
    serving.stop()
    thread.join(SOON)
    return codes[0]


def test_a_role_that_fails_by_a_bug_is_started_again_and_the_others_go_on(site: Site) -> None:
    """One hostile message must not stop the relay that shares its process."""
    failing, steady = Failing(3, bug), Failing(0, bug)
    assert served(site, failing, steady) == errors.DONE
    assert (failing.runs, steady.runs) == (4, 1)


def test_a_role_that_fails_again_and_again_ends_the_process(site: Site) -> None:
    """Whoever started it starts it afresh."""
    failing, steady = Failing(10_000, bug), Failing(0, bug)
    serving = Serving(site, [("failing", failing), ("steady", steady)], lambda _: 0.0)
    assert serving.run(lambda: None) == errors.WANTING
    assert failing.runs == 8


def test_a_service_that_is_away_is_waited_for_however_long(site: Site) -> None:
    """Waiting is no failure."""
    waiting = Failing(50, away)
    assert served(site, waiting) == errors.DONE
    assert waiting.runs == 51
