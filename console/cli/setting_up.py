"""Commands that set an installation up and check it."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.options import SET_UP, Json


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (init, upgrade, apply, doctor):
        app.command(rich_help_panel=SET_UP)(command)


def init() -> int:
    """Create the database and declare the broker's names; what exists stays."""
    from console.commands.setting_up import run_init

    return run_init()


def upgrade() -> int:
    """Migrate the database to this release, and declare the broker's names."""
    from console.commands.setting_up import run_upgrade

    return run_upgrade()


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="Companies, integrations, people, sources.")],
) -> int:
    """Make each company of a file exactly what is written there; shows what changed."""
    from console.commands.setting_up import run_apply

    return run_apply(file)


def doctor(json: Json = False) -> int:
    """Check database, broker, mail and ERP settings, one line each, with what to do."""
    from console.commands.setting_up import run_doctor

    return run_doctor(json=json)
