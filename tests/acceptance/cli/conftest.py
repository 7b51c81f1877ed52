"""What the tests of the command line share: an installation in an empty folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.acceptance.cli.installation import Installation


@pytest.fixture
def empty(tmp_path: Path) -> Installation:
    """An installation before `init`."""
    return Installation(tmp_path)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with one company, to be copied: making one takes two processes."""
    folder = tmp_path_factory.mktemp("prepared") / "var"
    folder.mkdir()
    Installation(folder).set_up()
    return folder


@pytest.fixture
def installation(tmp_path: Path, prepared: Path) -> Installation:
    """An installation with one company, on the embedded default."""
    folder = tmp_path / "var"
    shutil.copytree(prepared, folder, ignore=shutil.ignore_patterns("signals"))
    return Installation(folder)
