"""What is measured, and how much of it."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

PARTS: Final = ("throughput", "latency", "relay", "floor", "embedded")
_PAGE: Final = Path("docs/benchmarks.md")


@dataclass(frozen=True, slots=True)
class Options:
    """One run of the benchmark."""

    items: int
    rate: int
    seconds: int
    parts: tuple[str, ...]
    json: Path | None
    page: Path | None
    quick: bool

    @property
    def command(self) -> str:
        """What to type to measure the same again."""
        words = ["make bench"]
        arguments = [f"--items {self.items}", f"--rate {self.rate}", f"--seconds {self.seconds}"]
        if replace(self, json=None) != parse([]):
            words.append(f'ARGS="{" ".join(arguments)}"')
        return " ".join(words)


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line."""
    parser = ArgumentParser(prog="python -m bench", description="Measures Countersign on this machine.")
    parser.add_argument("--items", type=int, help="commitments from sent to synced (5000)")
    parser.add_argument("--rate", type=int, default=100, help="items a second while latency is measured")
    parser.add_argument("--seconds", type=int, help="how long latency is measured (30)")
    parser.add_argument("--quick", action="store_true", help="500 items and 5 seconds; writes no page")
    parser.add_argument("--only", choices=PARTS, action="append", help="this part alone; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    given = parser.parse_args(arguments)
    whole = not given.quick and not given.only
    return Options(
        items=given.items or (500 if given.quick else 5000),
        rate=given.rate,
        seconds=given.seconds or (5 if given.quick else 30),
        parts=tuple(given.only or PARTS),
        json=given.json,
        page=_PAGE if whole else None,
        quick=given.quick,
    )
