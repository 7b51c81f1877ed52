"""Turns of those who write to one SQLite file, whichever processes they are in: two locks, and a limit to the wait."""

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engine.errors import StoreUnavailable

LONGEST_WAIT: Final = 30.0  # seconds
_FIRST_LOOK: Final = 0.0005  # seconds until a second look; the looks after it are farther apart
_QUEUEING: Final = 0.010  # between two looks of those who are not next yet
_NEXT: Final = 0.002  # between two looks of the one who is


@contextmanager
def turn(path: Path, longest_wait: float = LONGEST_WAIT) -> Iterator[None]:
    """Be the only writer; raises StoreUnavailable when somebody else stays for longer than `longest_wait`.

    Whoever is next holds the second lock, so that a busy writer that has just left cannot slip in before it.
    """
    deadline = time.monotonic() + longest_wait
    with _opened(path, "lock") as lock:
        with _opened(path, "next") as following:
            _wait(following, _QUEUEING, deadline, path, longest_wait)
            _wait(lock, _NEXT, deadline, path, longest_wait)
        yield


@contextmanager
def _opened(path: Path, name: str) -> Iterator[int]:
    try:
        handle = os.open(f"{path}.{name}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"cannot write beside {path}: {error.strerror}") from error
    try:
        yield handle
    finally:
        os.close(handle)


def _wait(handle: int, longest_pause: float, deadline: float, path: Path, longest_wait: float) -> None:
    pause = _FIRST_LOOK
    while not _taken(handle):
        if time.monotonic() >= deadline:
            advice = f"`fuser {path}.lock` names it: end it if it hangs"
            raise StoreUnavailable(
                f"another process holds {path}.lock for more than {longest_wait:g} s; {advice}"
            )
        time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311  so that two do not look in step
        pause = min(longest_pause, pause * 1.5)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
