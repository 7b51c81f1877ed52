"""From an exception to an exit code and one sentence that says what to do."""

from typing import Final

from engine.errors import Conflict, CountersignError, Malformed, Misconfigured, Unavailable

DONE: Final = 0
WANTING: Final = 1  # refused, or found wanting
USAGE: Final = 2  # usage or configuration
UNREACHED: Final = 3  # a service cannot be reached, or no answer came yet
INTERRUPTED: Final = 130


class Wanting(CountersignError):
    """What was asked for was refused, or something was found wanting."""


class NoAnswer(CountersignError):
    """A command is safely queued, and nobody has answered it yet."""


def exit_code(error: BaseException) -> int:
    """The exit code that an error stands for."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, Misconfigured | OSError):
        return USAGE
    if isinstance(error, Unavailable | NoAnswer | Conflict):
        return UNREACHED
    return WANTING


def sentences(error: BaseException) -> tuple[str, ...]:
    """What to tell about an error: one sentence for each problem."""
    if isinstance(error, Misconfigured):
        return error.problems
    if isinstance(error, Conflict):
        return (f"somebody else changed the same rows first ({error}): run the command again",)
    if isinstance(error, Malformed | CountersignError):
        return (str(error),)
    if isinstance(error, OSError):
        name = f"{error.filename}: " if error.filename else ""
        return (f"{name}{error.strerror or error}",)
    advice = "set COUNTERSIGN_LOG=debug and run it again to see where, then report it"
    return (f"a bug of Countersign's own, {type(error).__name__}: {error} ({advice})",)
