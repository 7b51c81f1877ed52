"""The generated page about the command line, written from the commands themselves."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from console.cli import program
from console.help import heading

_WELCOME: Final = """# The command line

`countersign --help` lists every command, `countersign COMMAND --help` shows one.

| exit code | means |
|---|---|
| 0 | done |
| 1 | refused, or something was found wanting |
| 2 | usage or configuration |
| 3 | a service cannot be reached, or no answer came yet: the command stays queued |

Results go to stdout; remarks, errors and log lines to stderr. With `--json` stdout holds one JSON array and
nothing else (`show`, `dead-letters show`: an object; `events --follow`: one event on each line). Every error
is one sentence that says what to do; `COUNTERSIGN_LOG=debug` adds to the log where it came from.
"""


def page() -> str:
    """Every command under its heading, with its arguments and options."""
    app = program()
    parts = [_WELCOME]
    for title, commands in _by_heading(app).items():
        parts.append(f"## {title}\n")
        parts += [_section(f"countersign {name}", command) for name, command in commands]
    return "\n".join(parts)


def _by_heading(app: Any) -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    for name, command in app.commands.items():
        found.setdefault(heading(command), []).extend(_leaves(name, command))
    return found


def _leaves(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    commands = getattr(command, "commands", None)
    if commands is None:
        yield name, command
    else:
        for inner, each in commands.items():
            yield from _leaves(f"{name} {inner}", each)


def _section(name: str, command: Any) -> str:
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    arguments = [each for each in shown if each.param_type_name == "argument"]
    options = [each for each in shown if each.param_type_name == "option" and each.name != "help"]
    usage = " ".join([name, *(_usage(each) for each in arguments)])
    rows = [f"| `{_escaped(_named(each))}` | {_meaning(each)} |" for each in (*arguments, *options)]
    table = "\n".join(["", "| argument | meaning |", "|---|---|", *rows, ""]) if rows else ""
    return f"### `{usage}`\n\n{command.help}\n{table}"


def _usage(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper()).strip("[]")
    several = "" if name.endswith("...") or argument.nargs == 1 else " ..."
    return f"{name}{several}" if argument.required else f"[{name}{several}]"


def _named(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return _usage(parameter)
    names = ", ".join(parameter.opts)
    if getattr(parameter, "is_flag", False):
        return names
    return f"{names} {parameter.metavar or _kind(parameter)}"


def _kind(parameter: Any) -> str:
    return "SECONDS" if parameter.name == "timeout" else str(parameter.name).upper().strip("_")


def _meaning(parameter: Any) -> str:
    text = _escaped(str(parameter.help or ""))
    if parameter.param_type_name == "option" and parameter.required:
        text += " Required."
    default = parameter.default
    if default in (None, False, "") or callable(default) or parameter.required:
        return text
    return f"{text} Default: `{default}`."


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


GENERATORS: Final[Mapping[str, Callable[[], str]]] = MappingProxyType({"docs/cli.md": page})
