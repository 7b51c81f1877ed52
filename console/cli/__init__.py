"""The command line: one file for each group of commands, each importing what it needs when a command runs."""

from typing import Any

import typer

from console.help import Grouped


def program() -> Any:
    """The whole command line, ready to run."""
    from console.cli import acting, dead_letters, looking, running, sending, setting_up, upkeep, workflows
    from console.cli import integrations as companies

    app = typer.Typer(
        cls=Grouped,
        help="Accounting approval between a project tool and an ERP.",
        epilog="Exit codes: 0 done, 1 refused or found wanting, 2 usage or configuration, "
        "3 a service cannot be reached or no answer yet",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 110},
    )
    app.callback()(_version)
    for group in (running, setting_up, sending, acting, looking, dead_letters, companies, workflows, upkeep):
        group.add(app)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"countersign {version('countersign-erp')}")
        raise typer.Exit


def _version(
    show: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Accounting approval between a project tool and an ERP."""


def group(help_: str) -> typer.Typer:
    """A command that has commands of its own."""
    return typer.Typer(cls=Grouped, help=help_, no_args_is_help=True, rich_markup_mode=None)
