"""The repository itself: its size, its folders, its lock files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 300
FOLDERS = (
    "engine",
    "workflows",
    "connectors",
    "notifications",
    "console",
    "bench",
    "deploy",
    "docs",
    "examples",
)
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
MACHINE_PATH = "/" + "work/"


def _committed(pattern: str = "*") -> list[Path]:
    """List the files that are committed or about to be; in a copy without git, all but what tools leave."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.split("\0") if name]
    else:
        names = [
            path for path in (found.relative_to(ROOT) for found in ROOT.rglob(pattern)) if _is_ours(path)
        ]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def _is_ours(path: Path) -> bool:
    left_by_tools = {"build", "dist", "var", "__pycache__"}
    return not any(folder in left_by_tools or folder.startswith(".") for folder in path.parent.parts)


def _pins(lock: Path) -> list[str]:
    """Cut a lock file into its packages, each with its hashes."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return re.split(r"\n(?=\S)", text.strip())


def test_no_python_file_is_longer_than_the_ceiling() -> None:
    """A file holds one idea, and one idea fits on a few screens."""
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _committed("*.py")}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_top_level_folder_is_where_a_reader_looks_for_it(folder: str) -> None:
    """The folders are the table of contents."""
    assert (ROOT / folder).is_dir()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_pins_every_package_to_a_version_and_hashes(lock: Path) -> None:
    """What is installed today is what was installed when the lock was made."""
    unpinned = [
        pin for pin in _pins(lock) if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", pin, re.S)
    ]
    assert unpinned == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_names_no_address(lock: Path) -> None:
    """Where packages come from is each machine's own affair."""
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"https?:|file:|--(extra-)?index-url|--find-links|--trusted-host", text)


def test_the_lock_files_agree_on_versions() -> None:
    """One environment is made of all of them."""
    versions: dict[str, set[str]] = {}
    for pin in (pin for lock in LOCKS for pin in _pins(lock)):
        name, _, version = pin.split(" ")[0].partition("==")
        versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    """The project runs wherever it is cloned."""
    offenders = [path for path in _committed() if MACHINE_PATH.encode() in path.read_bytes()]
    assert offenders == []
