"""Commands that keep an installation sound: mails, proof, recovery, cleaning up."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.options import OPERATE, Company, Json


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (summary, verify, recover, prune):
        app.command(rich_help_panel=OPERATE)(command)


def summary(
    company: Company = None,
    date: Annotated[
        str | None,
        typer.Option("--date", help="The company's day, as 2026-11-21; today without it.", metavar="DATE"),
    ] = None,
    json: Json = False,
) -> int:
    """Send the daily summaries that are due."""
    from console.commands.summary import run

    return run(company, date, json=json)


def verify(
    anchor: Annotated[
        Path | None,
        typer.Option(
            "--anchor", help="Compare with this file, then write where everything stands.", metavar="FILE"
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Recompute every item from its history and check the chain; exit 1 if anything is wrong."""
    from console.commands.verify import run

    return run(anchor, json=json)


def recover(json: Json = False) -> int:
    """After a database was restored: put every open export in doubt, so that the ERP is asked first."""
    from console.commands.recover import run

    return run(json=json)


def prune(json: Json = False) -> int:
    """Delete what is past its age: outcomes, events, mail, resolved dead letters."""
    from console.commands.prune import run

    return run(json=json)
