"""This machine: Python, and the folder where files are kept."""

import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from console.checkup.finding import GIB, Finding, fail, ok, warn
from console.wiring import Site

_OLDEST_PYTHON: Final = (3, 11)
_LITTLE, _TOO_LITTLE = 2 * GIB, GIB // 10


def check(site: Site) -> Iterator[Finding]:
    """Look at the machine."""
    yield _python(sys.version_info[:2])
    folder = site.settings.data_dir.absolute()
    if not folder.is_dir():
        yield fail("data directory", f"{folder} is not there", "run `countersign init`")
        return
    yield _writable(folder)
    yield free_space(shutil.disk_usage(folder).free)


def _python(version: tuple[int, int]) -> Finding:
    if version < _OLDEST_PYTHON:
        return fail("python", platform.python_version(), "install Python 3.11 or newer")
    return ok("python", platform.python_version())


def _writable(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return fail(
            "data directory", f"{folder} cannot be written ({error.strerror})", "give this user the right"
        )
    return ok("data directory", str(folder))


def free_space(free: int) -> Finding:
    """Whether the disk has room."""
    text = f"{free / GIB:.1f} GiB free"
    if free < _TOO_LITTLE:
        return fail("disk", text, "make room now: without it nothing can be written")
    if free < _LITTLE:
        return warn("disk", text, "make room before it is full, for example with `countersign prune`")
    return ok("disk", text)
