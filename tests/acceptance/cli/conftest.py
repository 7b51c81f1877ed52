"""What the tests of the command line share: an installation in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.cli.installation import Installation


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    """An installation before `init`."""
    return Installation(tmp_path)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """An installation with one company, on the embedded default."""
    found = Installation(tmp_path)
    found.set_up()
    return found
