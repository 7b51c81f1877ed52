"""The rule that continuous integration leaves no test out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SKIPPED_TEST = "import pytest\n\ndef test_one():\n    pytest.skip('no broker')\n"
SKIPPED_FILE = "import pytest\n\npytest.skip('no broker', allow_module_level=True)\n"
EXPECTED_FAILURE = "import pytest\n\n@pytest.mark.xfail(strict=True)\ndef test_one():\n    assert False\n"


def _run(folder: Path, text: str, *, in_ci: bool) -> subprocess.CompletedProcess[str]:
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-c",
        "pytest.ini",
    ]
    environment = os.environ | {"CI": "true" if in_ci else "", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("text", [SKIPPED_TEST, SKIPPED_FILE], ids=["one test", "a whole file"])
def test_a_test_left_out_fails_in_continuous_integration(tmp_path: Path, text: str) -> None:
    """A missing service must not look like success."""
    done = _run(tmp_path, text, in_ci=True)
    assert done.returncode != 0
    assert "no broker" in done.stdout


def test_a_test_left_out_on_a_laptop_is_no_failure(tmp_path: Path) -> None:
    """Everybody can run what their machine allows."""
    assert _run(tmp_path, SKIPPED_TEST, in_ci=False).returncode == 0


def test_an_expected_failure_is_not_a_test_left_out(tmp_path: Path) -> None:
    """It ran."""
    assert _run(tmp_path, EXPECTED_FAILURE, in_ci=True).returncode == 0
