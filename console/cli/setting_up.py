"""Commands that set an installation up and check it."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.options import SET_UP, Json


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (init, upgrade, apply, doctor):
        app.command(rich_help_panel=SET_UP)(command)


def init(
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Do nothing where there are tables already.")
    ] = False,
) -> int:
    """Create the database and declare the broker's names; what exists stays."""
    from console.commands.setting_up import initialise, initialise_if_empty

    return initialise_if_empty() if if_empty else initialise()


def upgrade() -> int:
    """Migrate the database to this release, and declare the broker's names."""
    from console.commands import setting_up

    return setting_up.upgrade()


def apply(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.toml", help="Companies, integrations, people, sources.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    json: Json = False,
) -> int:
    """Make each company of a file exactly what is written there; shows what changed."""
    from console.commands import setting_up

    return setting_up.apply(file, dry_run=dry_run, json=json)


def doctor(json: Json = False) -> int:
    """Check database, broker, mail and ERP settings, one line each, with what to do."""
    from console.commands import setting_up

    return setting_up.doctor(json=json)
