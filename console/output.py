"""What a command shows: JSON for programs, tables and sentences for people, progress on stderr."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol

from console.secrets import hide

_NARROW: Final = 80
_PIPED_WIDTH: Final = 200  # no terminal: nothing is cut to fit a screen
_MANY: Final = 20  # steps from which on a progress bar is worth its lines


class Progress(Protocol):
    """Hears how far a long task has come."""

    def __call__(self, steps: int) -> None:
        """So many steps more are done."""


def as_json(value: Any) -> None:
    """Print one JSON value and nothing else."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def as_json_line(value: Any) -> None:
    """Print one JSON value on a line of its own, at once."""
    print(json.dumps(value, ensure_ascii=False, default=str), flush=True)


def say(text: str) -> None:
    """Print a line for people."""
    print(printable(text), flush=True)


def remark(text: str) -> None:
    """Print a line about the work itself, beside its result."""
    print(printable(hide(text)), file=sys.stderr, flush=True)


def printable(text: str) -> str:
    """The text as any terminal can show it: no control characters, no lone surrogates."""
    return "".join(
        each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """Print a table, or one sentence if it has no rows."""
    found = [[_cell(value) for value in row] for row in rows]
    if not found:
        say(empty)
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for index, name in enumerate(columns):
        shown.add_column(name, overflow="fold", no_wrap=index == 0)
    for row in found:
        shown.add_row(*(Text(cell) for cell in row))
    console = _console()
    with console.capture() as captured:  # its own way to end on a closed pipe would be an exit code of 1
        console.print(shown)
    print(captured.get(), end="", flush=True)


def pairs(rows: Iterable[tuple[str, Any]]) -> None:
    """Print names and values, one pair on a line; what has no value is left out."""
    found = [(name, _cell(value)) for name, value in rows if value not in (None, "", [], {}, ())]
    width = max((len(name) for name, _ in found), default=0)
    for name, value in found:
        say(f"{name:<{width}}  {value}")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    if isinstance(value, dict):
        return printable(json.dumps(value, ensure_ascii=False, default=str))
    return str(value)


def _console() -> Any:
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(
        width=None if terminal else _PIPED_WIDTH, highlight=False, markup=False, emoji=False, soft_wrap=False
    )


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Progress]:
    """A progress bar on a terminal's stderr, if there is enough to do; silent everywhere else."""
    if not sys.stderr.isatty() or (total is not None and total < _MANY):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda steps: bar.advance(task, steps)


def when(value: str | None) -> str:
    """A time of ours to the second."""
    return f"{value[:10]} {value[11:19]}" if value else ""


def short(text: str | None, longest: int = 60) -> str:
    """The text on one line, cut where it is too long."""
    line = " ".join((text or "").split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 item`, `3 items`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
