"""The table of settings within the hand-written page about configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from engine.settings_table import SETTINGS, Setting

PAGE: Final = "docs/configuration.md"
_ROOT: Final = Path(__file__).resolve().parent.parent
_BEGIN: Final = "<!-- begin: settings, written by `make docs` -->\n"
_END: Final = "<!-- end: settings -->\n"


def page() -> str:
    """The page with its table of settings as the code has it."""
    return with_table((_ROOT / PAGE).read_text(encoding="utf-8"))


def with_table(text: str) -> str:
    """A text with the table between its two marks."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has to have the lines {_BEGIN.strip()} and {_END.strip()}")
    return f"{before}{_BEGIN}\n{table()}\n{_END}{after}"


def table() -> str:
    """Every setting with its default."""
    rows = "".join(f"| `{each.name}` | {_default(each)} | {each.help} |\n" for each in SETTINGS)
    return f"| setting | default | meaning |\n|---|---|---|\n{rows}"


def _default(setting: Setting) -> str:
    return setting.shown if setting.default is None else f"`{setting.default}`"


GENERATORS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({PAGE: page})
