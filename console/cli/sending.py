"""The command that publishes commands of any kind."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.options import SEND_AND_DECIDE, Json, Timeout


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=SEND_AND_DECIDE)(send)


def send(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE|-", allow_dash=True, help="One CloudEvents object, an array, or one on each line."
        ),
    ],
    wait: Annotated[bool, typer.Option("--wait", help="Wait for and print each outcome.")] = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Publish commands; returns when they are safely queued."""
    from console.commands.send import run

    return run(file, wait=wait, timeout=timeout, json=json)
