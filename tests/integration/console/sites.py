"""Installations that a test sets up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.wiring import Site, site


@contextmanager
def installation(folder: Path, **environment: str) -> Iterator[Site]:
    """An installation in a folder of its own; names of settings are written without their prefix."""
    given = {f"COUNTERSIGN_{name}": value for name, value in environment.items()}
    with site({"COUNTERSIGN_DATA_DIR": str(folder / "var"), **given}) as found:
        yield found
