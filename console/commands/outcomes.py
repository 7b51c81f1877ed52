"""Waiting for what becomes of commands, and telling it."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from console import errors
from console.output import as_json, remark, say
from console.wiring import CHANGED, Site
from engine.messages import Command
from engine.store.queries import events, outcomes

_LOOK: Final = 0.25  # seconds; a wake-up may be lost
_CHUNK: Final = 5000

Event = dict[str, Any]


class Awaited:
    """Commands whose outcomes are waited for; made before they are published."""

    def __init__(self, site: Site, commands: Sequence[Command]) -> None:
        self._site = site
        self._open = {command.key.hex(): command for command in commands}
        self._listener = site.signals.listener((CHANGED,))
        with site.database.read() as connection:
            self._since = events.last_number(connection)

    def arrive(self, timeout: float) -> Iterator[tuple[Command, Event]]:
        """Each command with its outcome once that is there; ends with the last, or when the time is over."""
        end = time.monotonic() + timeout
        try:
            while self._open:
                yield from self._look()
                left = end - time.monotonic()
                if not self._open or left <= 0:
                    return
                self._listener.wait(min(left, _LOOK))
        finally:
            self._listener.close()

    def _look(self) -> list[tuple[Command, Event]]:
        keys = list(self._open)
        found: list[tuple[Command, Event]] = []
        with self._site.database.read() as connection:
            for start in range(0, len(keys), _CHUNK):
                for key, (content, event) in outcomes.kept(connection, keys[start : start + _CHUNK]).items():
                    if content == self._open[key].content.hex():  # another content: the id was used before
                        found.append((self._open[key], event))
            pairs = {(each.source, each.id): each for each in self._open.values()}
            for pair, event in outcomes.refusals_since(connection, self._since, set(pairs)).items():
                found.append((pairs[pair], event))
        place = {key: number for number, key in enumerate(keys)}
        found.sort(key=lambda each: place[each[0].key.hex()])
        return [(command, event) for command, event in found if self._open.pop(command.key.hex(), None)]


def tell_all(
    awaited: Awaited,
    total: int,
    timeout: float,
    *,
    json: bool,
    applied: Callable[[Command], None] = lambda _: None,
) -> int:
    """Print every outcome; returns the exit code. `applied` hears of every command that was."""
    shown: list[Event] = []
    refused = answered = 0
    for command, event in awaited.arrive(timeout):
        answered += 1
        if is_applied(event):
            applied(command)
        else:
            refused += 1
        if json:
            shown.append(event["data"] | {"outcome": "applied" if is_applied(event) else "refused"})
        else:
            tell(event)
    if json:
        as_json(shown)
    if missing := total - answered:
        what = "the command has" if total == 1 else f"{missing} of {total} commands have"
        remark(
            f"countersign: {what} no answer yet and stays queued; `countersign up` or `serve engine` runs it"
        )
    return errors.WANTING if refused else errors.UNREACHED if missing else errors.DONE


def is_applied(event: Event) -> bool:
    """Whether the command had its effect."""
    return bool(event["type"] == "countersign.command.applied.v1")


def tell(event: Event) -> None:
    """One sentence, and for a refusal a line for each error."""
    data = event["data"]
    name = data["command"]["type"].removeprefix("countersign.command.").removesuffix(".v1")
    subject = data.get("item") or "no item"
    if is_applied(event):
        say(f"{subject}: {name} applied, now {data['state']}, version {data['version']}.")
        return
    reason = data.get("reason", {})
    remark(f"{subject}: {name} refused ({reason.get('code')}): {reason.get('message')}")
    problems = reason.get("errors", ())
    if [each["message"] for each in problems] != [reason.get("message")]:
        for each in problems:
            remark(f"  {each['path']}: {each['message']}")
    for each in reason.get("blocked_by", ()):
        remark(f"  blocked by {each}")
