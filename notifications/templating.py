"""Where templates come from: a company's own directory first, then ours; all in a sandbox."""

import textwrap
from functools import lru_cache
from typing import Final

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.texts import shortened

WIDTH: Final = 72  # columns of the text versions


@lru_cache(maxsize=256)
def environment(directory: str | None) -> ImmutableSandboxedEnvironment:
    """The templates of a company, or ours alone."""
    ours = PackageLoader("notifications", "templates")
    loader: BaseLoader = ChoiceLoader([FileSystemLoader(directory), ours]) if directory else ours
    found = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=_is_html,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    found.filters["wrapped"] = wrapped
    found.filters["beside"] = beside
    return found


def wrapped(text: str, indent: int = 0, prefix: str = "") -> str:
    """The text broken into lines of 72 columns, each with an indent and a prefix."""
    start = " " * indent + prefix
    lines: list[str] = []
    for part in text.split("\n"):
        lines += _lines(part, WIDTH - len(start))
    return "\n".join((start + each).rstrip() for each in lines)


def beside(left: str, right: str | None, indent: int = 0) -> str:
    """Two texts on one line of 72 columns, the second at its right end."""
    right = right or ""
    room = WIDTH - indent - len(right) - (2 if right else 0)
    return (" " * indent + shortened(left, room).ljust(room) + ("  " + right if right else "")).rstrip()


def _lines(text: str, width: int) -> list[str]:
    # A long address has to stay whole, or nobody can open it.
    return textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False) or [""]


def _is_html(name: str | None) -> bool:
    return not (name or "").endswith(".txt.jinja")
