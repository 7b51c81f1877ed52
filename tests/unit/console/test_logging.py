"""Log lines: where an error came from, and nothing that was in its variables."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from console.logging import configure, log_traceback

IN_A_VARIABLE = "hunter2"  # no line of code that a traceback shows has it


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The log of the other tests."""
    root, noisy = logging.getLogger(), logging.getLogger("pika")
    handlers, level, pika = root.handlers[:], root.level, noisy.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    noisy.setLevel(pika)
    structlog.reset_defaults()


def fail() -> None:
    """An error beside something that nobody may read."""
    kept = IN_A_VARIABLE
    if kept:
        raise ValueError("the ERP refuses")


def ours(error: Exception) -> None:
    """As a role tells a bug."""
    structlog.get_logger("countersign.test").error("serve.failed", role="engine", exc_info=error)


def of_a_library(error: Exception) -> None:
    """As a library tells one."""
    logging.getLogger("some.library").error("it failed", exc_info=error)


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("level", ["debug", "info"])
@pytest.mark.parametrize("tell", [ours, of_a_library, log_traceback])
def test_a_traceback_shows_places_and_no_variables(
    form: str, level: str, tell: Callable[[Exception], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """A log goes to more people than a password may."""
    configure(level, form)
    try:
        fail()
    except ValueError as error:
        tell(error)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" in shown.err
    assert "in fail" in shown.err
    assert "the ERP refuses" in shown.err
    assert IN_A_VARIABLE not in shown.err
    if form == "json":
        assert json.loads(shown.err)["level"] == "error"
