"""Commands that give one command to the engine and wait for its outcome."""

from typing import Annotated, Any

import typer

from console.cli.options import SEND_AND_DECIDE, Actor, Json, NoWait, Timeout

Key = Annotated[str, typer.Argument(metavar="KEY", help="The item: company/item_type/id.")]
Keys = Annotated[list[str], typer.Argument(metavar="KEY...", help="The items: company/item_type/id.")]
Version = Annotated[
    int | None, typer.Option("--version", min=1, help="Refuse if the item is at another version by now.")
]
Comment = Annotated[
    str | None, typer.Option("--comment", help="What to tell the people concerned.", metavar="TEXT")
]
Fields = Annotated[
    list[str] | None,
    typer.Option("--field", help="What the ERP asks for; may be given several times.", metavar="K=V"),
]
Confirm = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm", help="A warning that is confirmed; may be given several times.", metavar="CODE"
    ),
]


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    for command in (accept, reject, retrieve, replay, link, confirm_posting, unlink, archive, restore):
        app.command(command.__name__.replace("_", "-"), rich_help_panel=SEND_AND_DECIDE)(command)


def _give(
    name: str,
    keys: list[str],
    data: dict[str, Any],
    actor: str | None,
    no_wait: bool,
    timeout: float,
    json: bool,
) -> int:
    from console.commands.act import run

    given = {key: value for key, value in data.items() if value is not None}
    return run(name, keys, given, actor=actor, wait=not no_wait, timeout=timeout, json=json)


def accept(
    keys: Keys,
    actor: Actor = None,
    field: Fields = None,
    confirm: Confirm = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Accept items: their current versions go to the ERP."""
    from console.commands.act import fields_of

    data = {"fields": fields_of(field), "confirm": confirm, "version": version}
    return _give("accept", keys, data, actor, no_wait, timeout, json)


def reject(
    key: Key,
    actor: Actor = None,
    comment: Comment = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Reject an item: its sender may change it and send it again."""
    return _give("reject", [key], {"comment": comment, "version": version}, actor, no_wait, timeout, json)


def retrieve(
    key: Key,
    actor: Actor = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Take back what was sent and not yet decided."""
    return _give("retrieve", [key], {"version": version}, actor, no_wait, timeout, json)


def replay(
    key: Key,
    actor: Actor = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Try a failed item again with the same accepted fields."""
    return _give("replay", [key], {"version": version}, actor, no_wait, timeout, json)


def link(
    key: Key,
    erp_id: Annotated[str, typer.Option("--erp-id", metavar="ID", help="The record in the ERP.")],
    actor: Actor = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Adopt a vendor that the ERP already has, instead of creating it."""
    return _give("link", [key], {"erp_id": erp_id}, actor, no_wait, timeout, json)


def confirm_posting(
    key: Key,
    actor: Actor = None,
    comment: Comment = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Say that the ERP's entries of a budget were posted by hand."""
    return _give(
        "confirm_posting", [key], {"comment": comment, "version": version}, actor, no_wait, timeout, json
    )


def unlink(
    key: Key,
    actor: Actor = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Part a synced item from its record, once that was deleted in the ERP."""
    return _give("unlink", [key], {"version": version}, actor, no_wait, timeout, json)


def archive(
    key: Key,
    actor: Actor = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Put an item away that will not be sent."""
    return _give("archive", [key], {"version": version}, actor, no_wait, timeout, json)


def restore(
    key: Key,
    actor: Actor = None,
    version: Version = None,
    no_wait: NoWait = False,
    timeout: Timeout = 30.0,
    json: Json = False,
) -> int:
    """Bring an archived item back."""
    return _give("restore", [key], {"version": version}, actor, no_wait, timeout, json)
