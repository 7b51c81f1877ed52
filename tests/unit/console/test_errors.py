"""From an exception to an exit code and a sentence."""

from __future__ import annotations

import pytest

from console import errors
from engine.errors import (
    BusUnavailable,
    Conflict,
    InvalidWorkflow,
    MailUnavailable,
    Malformed,
    Misconfigured,
    StoreUnavailable,
)

CODES = [
    (Misconfigured(["a", "b"]), 2),
    (FileNotFoundError(2, "No such file", "x.toml"), 2),
    (StoreUnavailable("away"), 3),
    (BusUnavailable("away"), 3),
    (MailUnavailable("away"), 3),
    (Conflict("first"), 3),
    (errors.NoAnswer("wait"), 3),
    (errors.Wanting("no"), 1),
    (Malformed("no"), 1),
    (InvalidWorkflow("budget", ["no"]), 1),
    (KeyError("bug"), 1),
    (KeyboardInterrupt(), 130),
]


@pytest.mark.parametrize(("error", "code"), CODES, ids=lambda value: type(value).__name__)
def test_every_error_has_its_exit_code(error: BaseException, code: int) -> None:
    """Scripts decide by it."""
    assert errors.exit_code(error) == code


@pytest.mark.parametrize("error", [error for error, _ in CODES], ids=lambda value: type(value).__name__)
def test_every_error_has_a_sentence(error: BaseException) -> None:
    """Nobody is left with nothing to read."""
    assert all(sentence for sentence in errors.sentences(error))
    assert len(errors.sentences(error)) == (2 if error.args == ("a\nb",) else 1)
