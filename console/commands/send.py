"""`send`: publishes commands of any kind from a file."""

import sys
from pathlib import Path

from console import errors
from console.commands.commands import Ready, publish, ready
from console.commands.entries import Entry, entries
from console.commands.outcomes import Awaited, tell_all
from console.errors import Wanting
from console.output import as_json, counted, progress, remark, say
from console.wiring import Site, site
from engine.errors import Malformed, Misconfigured

_SHOWN = 20  # problems that are told one by one


def run(file: Path, *, wait: bool, timeout: float, json: bool) -> int:
    """Publish every command of a file, all or none; returns the exit code."""
    with site() as here:
        found = _readable(entries(_content(file)), here.settings.message_limit)
        if not found:
            remark("Nothing to send: there is no command in it.")
            if json:
                as_json([])
            return errors.DONE
        awaited = Awaited(here, [each.command for each in found]) if wait else None
        _publish(here, found)
        if awaited is None:
            _tell_queued(found, json=json)
            return errors.DONE
        distinct = len({each.command.key for each in found})
        return tell_all(awaited, distinct, timeout, json=json)


def _content(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misconfigured([f"{file} cannot be read: {error.strerror}"]) from error


def _readable(found: list[Entry], limit: int) -> list[Ready]:
    readable: list[Ready] = []
    problems: list[str] = []
    for entry in found:
        try:
            readable.append(ready(entry.body, limit))
        except Malformed as error:
            problems.append(f"{entry.where}: {error}" if entry.where else str(error))
    if problems:
        raise Wanting("nothing was sent, because not every entry is a readable command\n" + _listed(problems))
    return readable


def _listed(problems: list[str]) -> str:
    more = len(problems) - _SHOWN
    return "\n".join(
        [f"  {each}" for each in problems[:_SHOWN]] + ([f"  and {more} more"] if more > 0 else [])
    )


def _publish(here: Site, found: list[Ready]) -> None:
    with progress("Sending", len(found)) as step:
        publish(here, [each.message for each in found], step)


def _tell_queued(found: list[Ready], *, json: bool) -> None:
    if json:
        commands = (each.command for each in found)
        as_json(
            [
                {"source": each.source, "id": each.id, "type": each.type, "subject": each.subject}
                for each in commands
            ]
        )
    else:
        say(f"{counted(len(found), 'command')} safely queued.")
