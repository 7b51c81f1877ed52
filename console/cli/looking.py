"""Commands that only look: items, one item, the event log."""

from typing import Annotated

import typer

from console.cli.options import LOOK, Company, Json


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (items, show, events):
        app.command(rich_help_panel=LOOK)(command)


def items(
    company: Company = None,
    type_: Annotated[
        str | None, typer.Option("--type", help="Only this item type.", metavar="ITEM_TYPE")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Only items in this state.", metavar="STATE")
    ] = None,
    project: Annotated[
        str | None, typer.Option("--project", help="Only items of this project.", metavar="ID")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option("--search", help="Only items with this text in key or title.", metavar="TEXT"),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most.")] = 50,
    json: Json = False,
) -> int:
    """List items, the newest first."""
    from console.commands.items import list_items

    return list_items(
        {"company": company, "item_type": type_, "state": state, "project": project}, search, limit, json=json
    )


def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The item: company/item_type/id.")],
    json: Json = False,
) -> int:
    """Show an item: where it stands, what it waits for, its export, its history."""
    from console.commands.items import show_item

    return show_item(key, json=json)


def events(
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")
    ] = False,
    type_: Annotated[
        str | None,
        typer.Option(
            "--type", help="Only these: `item.synced`, `dead_letter`, or a whole type.", metavar="TYPE"
        ),
    ] = None,
    company: Company = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="Only about this item or export.", metavar="KEY")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, max=100_000, help="How many of the past.")] = 50,
    json: Json = False,
) -> int:
    """Show the event log, the newest last."""
    from console.commands.events import run

    return run(type_, company, subject, limit, follow=follow, json=json)
