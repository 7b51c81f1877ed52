"""The help page: commands under headings, in plain text, because drawing frames costs more than the rest."""

from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup


class Grouped(TyperGroup):
    """A group whose help page lists its commands under the headings of their help panels."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section for each heading, in the order in which the commands were declared."""
        for heading, rows in _by_heading(self.commands.items()).items():
            with formatter.section(heading):
                formatter.write_dl(rows)


def _by_heading(commands: Iterable[tuple[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name, command in commands:
        if not command.hidden:
            found.setdefault(heading(command), []).append((name, command.get_short_help_str(limit=200)))
    return found


def heading(command: Any) -> str:
    """The heading under which a command stands."""
    panel = command.rich_help_panel if isinstance(command, TyperCommand | TyperGroup) else None
    return panel if isinstance(panel, str) else "Commands"
