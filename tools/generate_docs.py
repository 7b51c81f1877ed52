"""Writes the documents that are generated from the code; `--check` fails where one is out of date."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tools import (
    asyncapi,
    cli_docs,
    messages_docs,
    metrics_docs,
    security_docs,
    settings_docs,
    workflow_docs,
)

ROOT = Path(__file__).resolve().parent.parent

Generator = Callable[[], str]

# A document's path from the repository's root, and what returns its whole text.
GENERATORS: Mapping[str, Generator] = {
    **asyncapi.GENERATORS,
    **cli_docs.GENERATORS,
    **messages_docs.GENERATORS,
    **metrics_docs.GENERATORS,
    **security_docs.GENERATORS,
    **settings_docs.GENERATORS,
    **workflow_docs.GENERATORS,
}


def main(arguments: list[str]) -> int:
    """Write every generated document, or with `--check` only compare."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tools.generate_docs [--check]", file=sys.stderr)
        return 2
    if arguments:
        return check(GENERATORS, ROOT)
    write(GENERATORS, ROOT)
    return 0


def write(generators: Mapping[str, Generator], root: Path) -> None:
    """Write each document that is not yet as it should be."""
    for name, generate in generators.items():
        path, text = root / name, generate()
        if _present(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")


def check(generators: Mapping[str, Generator], root: Path) -> int:
    """Print what `make docs` would change; returns 1 if there is anything."""
    differences = [
        _difference(name, _present(root / name), generate()) for name, generate in generators.items()
    ]
    found = [difference for difference in differences if difference]
    if found:
        print("".join(found), end="")
        print("Generated documents are out of date: run 'make docs'.", file=sys.stderr)
        return 1
    print(f"{len(generators)} generated documents are up to date.")
    return 0


def _present(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _difference(name: str, present: str, wanted: str) -> str:
    lines = difflib.unified_diff(
        present.splitlines(keepends=True), wanted.splitlines(keepends=True), name, f"{name} (generated)"
    )
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
