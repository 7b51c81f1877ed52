"""Commands about what was given up."""

from typing import Annotated

import typer

from console.cli import group
from console.cli.options import OPERATE, Actor, Company, Json, NoWait, Reason, Timeout

Id = Annotated[int, typer.Argument(metavar="ID", help="The dead letter's number.")]


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    letters = group("What was given up: look, try again, or let go.")
    letters.command("list")(list_)
    for command in (groups, show, replay, discard):
        letters.command()(command)
    app.add_typer(letters, name="dead-letters", rich_help_panel=OPERATE)


def list_(
    company: Company = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most.")] = 100,
    resolved: Annotated[bool, typer.Option("--resolved", help="Also those that were settled.")] = False,
    json: Json = False,
) -> int:
    """List what was given up, the newest first."""
    from console.commands.dead_letters import list_letters

    return list_letters(company, limit, resolved=resolved, json=json)


def groups(company: Company = None, json: Json = False) -> int:
    """Show what was given up by cause, the largest group first."""
    from console.commands.dead_letters import list_groups

    return list_groups(company, json=json)


def show(id_: Id, json: Json = False) -> int:
    """Show one dead letter with its original."""
    from console.commands.dead_letters import show_letter

    return show_letter(id_, json=json)


def replay(
    reason: Reason,
    ids: Annotated[list[int] | None, typer.Argument(metavar="ID", help="The dead letters' numbers.")] = None,
    group_: Annotated[
        str | None,
        typer.Option("--group", help="All of one cause; the first characters are enough.", metavar="G"),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    actor: Actor = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Try dead letters again, those of one item in their order."""
    from console.commands.replay_letters import Wanted, run

    wanted = Wanted(tuple(ids or ()), group_, all_)
    return run(wanted, reason, actor, wait=not no_wait, timeout=timeout, json=json)


def discard(id_: Id, reason: Reason, actor: Actor = None, json: Json = False) -> int:
    """Let a dead letter go for good; a failed item stays failed."""
    from console.commands.dead_letters import discard_letter

    return discard_letter(id_, reason, actor, json=json)
