"""`sandbox-erp`: the practice ERP as a program of its own."""

import os
import signal
import sys
import threading
from pathlib import Path

from connectors.practice_erp import PracticeErp
from console import errors
from console.output import say
from engine.errors import Misconfigured
from engine.settings import Settings


def run(host: str, port: int, database: Path | None, *, keys: bool) -> int:
    """Answer until Ctrl-C or SIGTERM."""
    path = database or Settings.from_environment(os.environ).data_dir / "sandbox-erp.db"
    path.parent.mkdir(parents=True, exist_ok=True)
    erp = _open(host, port, path, keys=keys)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    erp.start()
    say(f"The practice ERP listens on {erp.url}")
    sys.stdout.flush()
    stop.wait()
    erp.stop()
    return errors.DONE


def _open(host: str, port: int, path: Path, *, keys: bool) -> PracticeErp:
    from connectors.practice_erp.records import DatabaseUnusableError

    try:
        return PracticeErp(host, port, path, keys)
    except DatabaseUnusableError as error:
        raise Misconfigured([f"{path} cannot be used: {error}"]) from error
    except OSError as error:
        raise Misconfigured(
            [f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port"]
        ) from error
