"""Commands that run something: the demo, everything at once, one role, the practice ERP."""

from pathlib import Path
from typing import Annotated

import typer

from console.cli.options import RUN, Json


def add(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=RUN)(demo)
    app.command(rich_help_panel=RUN)(up)
    app.command(rich_help_panel=RUN)(serve)
    app.command("sandbox-erp", rich_help_panel=RUN)(sandbox_erp)


def demo(
    data_dir: Annotated[
        Path | None,
        typer.Option(help="The demo's own folder, emptied first; by default `demo` in the data directory."),
    ] = None,
    json: Json = False,
) -> int:
    """Run an example month from draft to synced on this machine alone, with a timeline."""
    from console.demo.run import main

    return main(data_dir, json=json)


def up() -> int:
    """Run everything until Ctrl-C; embedded unless the environment names a database and a broker."""
    from console.supervisor import supervise

    return supervise()


def serve(
    role: Annotated[
        str,
        typer.Argument(
            metavar="ROLE",
            help="engine, relay, connector (with its NAME), connectors (every one that some company has), "
            "notifier, scheduler, dead-letters, console; several with commas.",
        ),
    ],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Which connector, for `serve connector`.")
    ] = None,
    child: Annotated[int | None, typer.Option("--child", hidden=True)] = None,
) -> int:
    """Run one role, or several as threads of one process, until it is told to stop."""
    from console.serving import serve_roles

    return serve_roles(role, name, child)


def sandbox_erp(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8070,
    database: Annotated[
        Path | None, typer.Option(help="Its own SQLite file; by default in the data directory.")
    ] = None,
    no_keys: Annotated[
        bool, typer.Option("--no-keys", help="Ignore keys, and take a second record with a known code.")
    ] = False,
) -> int:
    """Run the practice ERP until Ctrl-C."""
    from console.commands.sandbox_erp import run

    return run(host, port, database, keys=not no_keys)
