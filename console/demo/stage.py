"""The demo's own installation: a fresh folder, its own practice ERP, each role as a thread."""

import fcntl
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from connectors.practice_erp import PracticeErp
from console import roles
from console.commands.apply import run_apply
from console.commands.init import run_init
from console.demo import examples
from console.demo.erp_desk import ErpDesk
from console.logging import configure
from console.serving import Serving
from console.wiring import Site, site
from engine.errors import Misconfigured

MARK: Final = ".countersign-demo"  # only a folder with this is ever emptied
ERP_FILE: Final = "erp.db"
LOG: Final = "demo.log"

_ROLES: Final = ("engine", "relay", "scheduler", "dead-letters", "notifier", "connectors")
_USUAL_ADDRESS: Final = "http://127.0.0.1:8070"
_USUAL_PORT: Final = 8070
_HASTE: Final = {  # a month in half a minute
    "COUNTERSIGN_RETRY_DELAYS": "1s,1s,2s,4s,8s,15s",
    "COUNTERSIGN_CONNECTOR_TIMEOUT": "2500ms",
    "COUNTERSIGN_SETTLE_TIME": "3s",
    "COUNTERSIGN_LEASE": "15s",
    "COUNTERSIGN_BREAKER_FAILURES": "3",
    "COUNTERSIGN_BREAKER_PAUSE": "2s",
    "COUNTERSIGN_FAILURE_MAIL_WINDOW": "1s",
}


@dataclass(slots=True)
class Stage:
    """What a run plays on."""

    site: Site
    erp: ErpDesk
    folder: Path
    configuration: Path
    broke_down: threading.Event


@contextmanager
def prepared(folder: Path) -> Iterator[Stage]:
    """Everything set up and running in a folder that was emptied; everything stopped at the end."""
    with (
        _alone(folder),
        _logging(folder / LOG),
        _erp(folder / ERP_FILE) as erp,
        site({"COUNTERSIGN_DATA_DIR": str(folder), **_HASTE}) as here,
    ):
        run_init(here)
        configuration = _configuration(folder, erp.url)
        run_apply(here, configuration)
        with ErpDesk(erp.url) as desk, _running(here) as broke_down:
            yield Stage(here, desk, folder, configuration, broke_down)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Empty the folder, if it is a demo's, and keep a second demo out of it."""
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise Misconfigured(
            [f"{folder} has files that are no demo's: name an empty folder with --data-dir, or remove them"]
        )
    folder.mkdir(parents=True, exist_ok=True)
    with mark.open("a", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Misconfigured(
                [f"another demo runs in {folder}: name another folder with --data-dir"]
            ) from error
        _empty(folder)
        yield


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name == MARK:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@contextmanager
def _erp(database: Path) -> Iterator[PracticeErp]:
    """A practice ERP at its usual address, or at a free one where somebody else has that."""
    try:
        erp = PracticeErp(port=_USUAL_PORT, database=database)
    except OSError:
        erp = PracticeErp(port=0, database=database)
    with erp:
        yield erp


def _configuration(folder: Path, address: str) -> Path:
    """The example's configuration, with the address that the ERP got."""
    text = (examples.folder() / "acme.toml").read_text(encoding="utf-8")
    written = folder / "acme.toml"
    written.write_text(text.replace(_USUAL_ADDRESS, address), encoding="utf-8")
    return written


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    """Keep log lines out of the timeline: they go to a file."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    with path.open("w", encoding="utf-8") as file:
        configure("info", "json")
        for handler in root.handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(file)
        try:
            yield
        finally:
            root.handlers[:] = before
            root.setLevel(level)


@contextmanager
def _running(here: Site) -> Iterator[threading.Event]:
    """The roles at work; the event tells that they ended before they should."""
    serving = Serving(here, [(name, roles.build(name, here)) for name in _ROLES])
    broke_down = threading.Event()

    def run() -> None:
        serving.run(lambda: None)
        broke_down.set()

    thread = threading.Thread(target=run, name="roles")
    thread.start()
    try:
        yield broke_down
    finally:
        serving.stop()
        thread.join()


def shown(folder: Path) -> str:
    """The folder as a command line takes it, short where that is possible."""
    path: Any = os.path.relpath(folder)
    return str(path) if not str(path).startswith("..") else str(folder)
