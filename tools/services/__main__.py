"""Runs a command with the services that the tests need: `python -m tools.services -- pytest`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from types import FrameType

from tools.services.errors import ServiceMissingError
from tools.services.provide import SERVICES, provide

_USAGE = "usage: python -m tools.services -- COMMAND [ARGUMENT ...]"


def main(arguments: list[str]) -> int:
    """Provide the services, run the command, stop what was started; returns the command's exit code."""
    if len(arguments) < 2 or arguments[0] != "--":
        print(_USAGE, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _end)
    with ExitStack() as until:
        environment = dict(os.environ)
        for service in SERVICES:
            try:
                environment |= provide(service, os.environ, until)
            except ServiceMissingError as missing:
                print(f"There is no {service.name} for the tests. {missing}", file=sys.stderr)
                if os.environ.get("CI") == "true" or service.variable in os.environ:
                    return 1
                print("The tests that need it are left out.", file=sys.stderr)
                environment[f"{service.variable}_MISSING"] = str(missing)
        return subprocess.run(arguments[1:], env=environment, check=False).returncode


def _end(number: int, _frame: FrameType | None) -> None:
    """Turn the signal into an exception, so that what was started is stopped."""
    sys.exit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
