"""The hand-written and generated pages, read as their readers do: links, headings, code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its info string and its text."""

    info: str
    text: str


@cache
def pages() -> tuple[Path, ...]:
    """Every page of the documentation."""
    return (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))


def name(page: Path) -> str:
    """Its path in the repository."""
    return page.relative_to(ROOT).as_posix()


def text(page: str) -> str:
    """A page's whole text."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(match[2].strip(), match[3]) for match in _FENCE.finditer(text(page))]


def code(page: str) -> Iterator[str]:
    """Every piece of code: lines of blocks, indented lines, spans."""
    whole = text(page)
    for match in _FENCE.finditer(whole):
        yield from match[3].replace("\\\n", " ").splitlines()
    rest = _FENCE.sub("", whole)
    for line in rest.replace("\\\n", " ").splitlines():
        if line.startswith("    "):
            yield line.strip()
        else:
            yield from re.findall(r"`([^`\n]+)`", line)


def links(page: str) -> list[str]:
    """Where a page's links lead; code is no link."""
    rest = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text(page)))
    return re.findall(r"\]\(([^)\s]+)\)", rest)


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings."""
    rest = _FENCE.sub("", text(page))
    headings: list[str] = re.findall(r"^#+ (.*)$", rest, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def table_rows(page: str) -> dict[str, str]:
    """Rows of a page's tables by the code in their first cell."""
    return dict(re.findall(r"^\s*\| `([^`|]+)`[^|]*\|(.*)\|$", text(page), re.MULTILINE))
