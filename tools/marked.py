"""Generated parts within hand-written pages: what stands between two marks is written by `make docs`."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parent.parent

Part = Callable[[], str]


def filled(page: str, parts: Mapping[str, Part]) -> str:
    """A page of the repository with its generated parts as the code has them."""
    text = (_ROOT / page).read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = f"<!-- begin: {name}, written by `make docs` -->\n", f"<!-- end: {name} -->\n"
        before, begun, rest = text.partition(begin)
        _, ended, after = rest.partition(end)
        if not begun or not ended:
            raise ValueError(f"{page} has to have the lines {begin.strip()} and {end.strip()}")
        text = f"{before}{begin}\n{part()}\n{end}{after}"
    return text


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
