"""Finds the servers' programs on this machine and installs them where that is possible."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tools.services.errors import ServiceMissingError

_POSTGRES_HOMES = Path("/usr/lib/postgresql")
_RABBITMQ_PROGRAMS = Path("/usr/lib/rabbitmq/bin")


def postgres_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's server programs, if there is one."""
    homes = _POSTGRES_HOMES.glob("*/bin/initdb")
    newest_first = sorted((path.parent for path in homes), key=_postgres_major, reverse=True)
    if newest_first:
        return newest_first[0]
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


def rabbitmq_programs() -> Path | None:
    """Return the folder of RabbitMQ's own programs, if there is one.

    Debian's commands in /usr/sbin change to the user rabbitmq and to the system's node; the programs
    behind them take what the environment says.
    """
    if (_RABBITMQ_PROGRAMS / "rabbitmq-server").exists():
        return _RABBITMQ_PROGRAMS
    elsewhere = shutil.which("rabbitmq-server")
    return Path(elsewhere).resolve().parent if elsewhere else None


def install(package: str) -> None:
    """Install a Debian package, or say why that is not possible."""
    if shutil.which("apt-get") is None:
        raise ServiceMissingError(f"{package} is not installed and there is no apt-get: install it by hand.")
    if os.geteuid() != 0:
        raise ServiceMissingError(f"{package} is not installed: run 'sudo apt-get install {package}'.")
    _apt_get("update")
    _apt_get("install", "--yes", "--no-install-recommends", package)


def _apt_get(*arguments: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", "-q", *arguments], env=environment, check=False)
    if done.returncode != 0:
        raise ServiceMissingError(f"'apt-get {' '.join(arguments)}' failed: see its output above.")


def _postgres_major(programs: Path) -> int:
    number = re.match(r"\d+", programs.parent.name)
    return int(number.group()) if number else 0
