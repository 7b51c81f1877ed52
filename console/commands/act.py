"""One command of a person or an operator: built, published, awaited, told."""

import getpass
from collections.abc import Sequence
from typing import Any, Final

from console import errors
from console.commands.commands import build, publish
from console.commands.outcomes import Awaited, tell_all
from console.output import as_json, counted, say
from console.wiring import site
from engine.errors import Misconfigured
from engine.store.settling import vouch

_DESK: Final = ("replay", "link")  # what an operator may do without being one of the company's people


def run(
    name: str,
    keys: Sequence[str],
    data: dict[str, Any],
    *,
    actor: str | None,
    wait: bool,
    timeout: float,
    json: bool,
) -> int:
    """Give the same command to each item; returns the exit code."""
    if actor is None and name not in _DESK:
        raise Misconfigured([f"say who does it: `countersign {name.replace('_', '-')} KEY --as EMAIL`"])
    who = actor or operator()
    with site() as here:
        now, limit = here.now(), here.settings.message_limit
        found = [build(name, key, who, data, now, limit) for key in dict.fromkeys(keys)]
        commands = [each.command for each in found]
        if actor is None:
            with here.database.write() as connection:
                vouch(connection, [command.key.hex() for command in commands], who, now)
        awaited = Awaited(here, commands) if wait else None
        publish(here, [each.message for each in found])
        if awaited is not None:
            return tell_all(awaited, len(commands), timeout, json=json)
        if json:
            as_json(
                [
                    {"source": each.source, "id": each.id, "type": each.type, "subject": each.subject}
                    for each in commands
                ]
            )
        else:
            say(f"{counted(len(commands), 'command')} safely queued.")
        return errors.DONE


def operator() -> str:
    """The person at this machine, as histories name them."""
    try:
        return f"operator:{getpass.getuser()}"
    except (OSError, KeyError):  # a container's user need not have a name
        return "operator:unknown"


def fields_of(given: Sequence[str] | None) -> dict[str, str] | None:
    """`K=V` texts as an object; None if there are none."""
    if not given:
        return None
    wrong = [each for each in given if "=" not in each or each.startswith("=")]
    if wrong:
        raise Misconfigured([f"--field {each}: write it as NAME=VALUE" for each in wrong])
    return dict(each.split("=", 1) for each in given)
