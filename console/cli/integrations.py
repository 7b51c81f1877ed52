"""Commands about the companies' links to their ERPs."""

from typing import Annotated

import typer

from console.cli import group
from console.cli.options import OPERATE, Json


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    integrations = group("The companies' links to their ERPs: look, start again.")
    integrations.command("list")(list_)
    integrations.command()(resume)
    app.add_typer(integrations, name="integrations", rich_help_panel=OPERATE)


def list_(json: Json = False) -> int:
    """List each integration's breaker, schedule and last error."""
    from console.commands.integrations import list_integrations

    return list_integrations(json=json)


def resume(
    company: Annotated[str, typer.Argument(metavar="COMPANY", help="The company's slug.")],
    json: Json = False,
) -> int:
    """Start an integration again that has stopped, once its cause is gone."""
    from console.commands.integrations import resume_integration

    return resume_integration(company, json=json)
