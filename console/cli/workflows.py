"""Commands about the state machines."""

from typing import Annotated

import typer

from console.cli import group
from console.cli.options import LOOK, Json

Type = Annotated[str, typer.Argument(metavar="TYPE", help="The item type.")]


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    machines = group("The state machines of the item types.")
    machines.command("list")(list_)
    for command in (check, show, diagram):
        machines.command()(command)
    app.add_typer(machines, name="workflows", rich_help_panel=LOOK)


def list_(json: Json = False) -> int:
    """List the item types with their states and events."""
    from console.commands.workflows import list_workflows

    return list_workflows(json=json)


def check(json: Json = False) -> int:
    """Check every table against the rules, and tell all problems at once."""
    from console.commands.workflows import check_workflows

    return check_workflows(json=json)


def show(type_: Type, json: Json = False) -> int:
    """Show one table: event, from, to, by, when, then."""
    from console.commands.workflows import show_workflow

    return show_workflow(type_, json=json)


def diagram(type_: Type) -> int:
    """Print one state machine as a Mermaid diagram."""
    from console.commands.workflows import print_diagram

    return print_diagram(type_)
