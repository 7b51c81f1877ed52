"""What processes have used so far, from /proc: processor seconds and memory."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """Of one or several processes; memory shared with others counts in parts (PSS)."""

    cpu: float  # seconds
    memory: int  # bytes

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.cpu + other.cpu, self.memory + other.memory)

    def since(self, before: "Usage") -> "Usage":
        """The processor time in between, and the memory now."""
        return Usage(max(0.0, self.cpu - before.cpu), self.memory)


NOTHING: Final = Usage(0.0, 0)


def of(process: int) -> Usage:
    """What one process has used; nothing if it cannot be looked at."""
    try:
        fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
        return Usage((int(fields[11]) + int(fields[12])) / _TICKS, _pss(process))
    except (OSError, IndexError):
        return NOTHING


def of_all(processes: Iterable[int]) -> Usage:
    """What several processes have used together."""
    return sum((of(each) for each in processes), NOTHING)


def of_machine() -> float:
    """Processor seconds that anybody on this machine has used."""
    fields = [int(each) for each in (_PROC / "stat").read_text().partition("\n")[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / _TICKS


def between(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> dict[str, Usage]:
    """What each has used in between."""
    return {name: usage.since(before.get(name, NOTHING)) for name, usage in after.items()}


def _pss(process: int) -> int:
    try:
        text = (_PROC / str(process) / "smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)
