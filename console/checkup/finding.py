"""One line of the doctor's report."""

from dataclasses import dataclass
from typing import Final, Literal

Status = Literal["ok", "warn", "fail"]
GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is, and what to do where it is wrong."""

    check: str
    status: Status
    message: str
    advice: str = ""

    def __str__(self) -> str:
        advice = f": {self.advice}" if self.advice else ""
        return f"{self.status:<4}  {self.check}: {self.message}{advice}"


def ok(check: str, message: str) -> Finding:
    """All is well."""
    return Finding(check, "ok", message)


def warn(check: str, message: str, advice: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(check, "warn", message, advice)


def fail(check: str, message: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(check, "fail", message, advice)
