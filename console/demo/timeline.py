"""The terminal's side: days as headings, what happens as lines in columns, at eighty characters and more."""

import textwrap
import time
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.text import Text

from console.demo.wording import Line
from console.output import printable

WIDTH: Final = 80  # where the output is no terminal
_WIDEST: Final = 110
_NARROWEST: Final = 60
_TIME, _WHO, _VERB = 6, 13, 10
_INDENT: Final = _TIME + _WHO + _VERB + 4
_READING_S: Final = 1.5


def console() -> Console:
    """Where the demo is shown: in colours on a terminal, plain elsewhere."""
    found = Console(highlight=False, markup=False, emoji=False)
    found.width = max(_NARROWEST, min(found.width, _WIDEST)) if found.is_terminal else WIDTH
    return found


class Timeline:
    """Prints as it happens; times count from the demo's start."""

    def __init__(self, shown: Console) -> None:
        self._shown = shown
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the demo has run."""
        return time.monotonic() - self._begun

    @property
    def reading_time(self) -> float:
        """Seconds in which a person reads a day's heading; nobody reads a file as it is written."""
        return _READING_S if self._shown.is_terminal else 0.0

    def day(self, title: str, explained: str) -> None:
        """A new day begins."""
        self._shown.print()
        self._shown.print(Text(title, style="bold"))
        for part in self._wrapped(explained, 2):
            self._shown.print(Text(f"  {part}", style="dim"))
        self._shown.print()

    def remark(self, text: str) -> None:
        """Say something beside the story."""
        for part in self._wrapped(text, 0):
            self._shown.print(Text(part, style="dim"))

    def lines(self, lines: Iterable[Line]) -> None:
        """Print these now."""
        at = f"{self.seconds:.1f}s"
        for line in lines:
            first, *rest = self._wrapped(line.text, _INDENT) or [""]
            shown = Text(f"{at:>{_TIME}}  ", style="dim", end="\n")
            shown.append(f"{line.who:<{_WHO}} ", style="default not dim")
            shown.append(f"{line.verb:<{_VERB}} {first}", style=f"not dim {line.tone}".rstrip())
            for part in rest:
                shown.append(f"\n{'':{_INDENT}}{part}", style=f"not dim {line.tone}".rstrip())
            self._shown.print(shown, soft_wrap=True)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        return textwrap.wrap(printable(text), self._shown.width - indent, break_on_hyphens=False)
