"""Starts a private PostgreSQL in a temporary folder and takes it away again."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.services.errors import ServiceMissingError
from tools.services.found import free_ports

# Nothing in a private server outlives the tests: it need not survive a power cut.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


@contextmanager
def private_postgres(programs: Path) -> Iterator[str]:
    """Run a PostgreSQL of our own for the length of the block; yields its address."""
    (port,) = free_ports(1)
    folder = Path(tempfile.mkdtemp(prefix="countersign-postgres-"))
    owner = _unprivileged_user()
    if owner is not None:
        shutil.chown(folder, user=owner)
    data = folder / "data"
    try:
        _run(
            owner, programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"
        )
        _configure(data, _SETTINGS | {"port": str(port), "unix_socket_directories": str(folder)})
        _run(owner, programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-t", "60", "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(owner, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(data: Path, settings: dict[str, str]) -> None:
    with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())


def _unprivileged_user() -> str | None:
    """Name the user to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(owner: str | None, *command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=owner,
        group=None if owner is None else pwd.getpwnam(owner).pw_gid,
        extra_groups=None if owner is None else [],
        cwd="/",
        stdin=subprocess.DEVNULL,
        # Not a pipe: the server inherits it, and a pipe would only end together with the server.
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceMissingError(f"A private PostgreSQL did not start: '{command[0]}' failed, see above.")
