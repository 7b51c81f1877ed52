"""`dead-letters replay`: what was given up is tried again, a chunk at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from console import errors
from console.commands.act import operator
from console.commands.commands import Ready, build, publish
from console.commands.originals import again
from console.commands.outcomes import Awaited, is_applied, tell
from console.errors import Wanting
from console.output import as_json, counted, progress, remark, say
from console.wiring import Site, site
from engine.errors import Malformed, Misconfigured
from engine.store import settling
from engine.store.queries import dead_letters as queries
from engine.store.queries.dead_letters import Open

_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dead letters: by number, of one group, or all."""

    numbers: tuple[int, ...]
    group: str | None
    everything: bool

    def __post_init__(self) -> None:
        if sum((bool(self.numbers), self.group is not None, self.everything)) != 1:
            raise Misconfigured(["say which dead letters: their numbers, --group G, or --all"])


@dataclass(slots=True)
class Tally:
    """How a replay went, letter by letter."""

    results: list[dict[str, Any]]
    refused: int = 0
    unanswered: int = 0

    def note(self, number: int, result: str, **more: Any) -> None:
        """What became of one dead letter."""
        self.results.append({"id": number, "result": result, **more})
        self.refused += result == "refused"
        self.unanswered += result in ("unanswered", "queued")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who tries again, why, and how long the answer is waited for."""

    reason: str
    actor: str | None
    wait: bool
    timeout: float
    quiet: bool

    @property
    def who(self) -> str:
        """The person, or the operator at this machine."""
        return self.actor or operator()


def run(wanted: Wanted, reason: str, actor: str | None, *, wait: bool, timeout: float, json: bool) -> int:
    """Try dead letters again, the oldest first; returns the exit code."""
    attempt = Attempt(reason, actor, wait, timeout, quiet=json)
    tally = Tally([])
    with site() as here:
        numbers = _numbers(here, wanted)
        with progress("Replaying", len(numbers)) as step:
            for start in range(0, len(numbers), _CHUNK):
                chunk = numbers[start : start + _CHUNK]
                _replay(here, chunk, attempt, tally)
                step(len(chunk))
    if json:
        as_json(tally.results)
    else:
        done = sum(result["result"] == "replayed" for result in tally.results)
        say(f"{counted(done, 'dead letter')} replayed, {tally.refused} refused.")
    if tally.refused:
        return errors.WANTING
    return errors.UNREACHED if tally.unanswered and wait else errors.DONE


def _numbers(here: Site, wanted: Wanted) -> list[int]:
    if wanted.numbers:
        return sorted(set(wanted.numbers))
    with here.database.read() as connection:
        if wanted.group is None:
            return queries.open_numbers(connection, None)
        groups = queries.groups_like(connection, wanted.group)
        if len(groups) != 1:
            raise _which_group(wanted.group, groups)
        return queries.open_numbers(connection, groups[0])


def _which_group(beginning: str, groups: Sequence[str]) -> Wanting:
    if groups:
        return Wanting(f"--group {beginning} may be {', '.join(groups[:5])}: write more of it")
    return Wanting(f"there is no group {beginning}: `countersign dead-letters groups` shows what there is")


def _replay(here: Site, numbers: Sequence[int], attempt: Attempt, tally: Tally) -> None:
    with here.database.read() as connection:
        letters = queries.opened(connection, numbers)
    for number in numbers:
        if number not in letters:
            _refuse(
                tally, number, "it is not open: it was settled before, or there is no such number", attempt
            )
    for kind, together in _in_order(letters):
        (_exports if kind == "export" else _messages)(here, together, attempt, tally)


def _in_order(letters: Mapping[int, Open]) -> Iterator[tuple[str, list[Open]]]:
    # Exports are answered one by one, messages are only published: each kind goes together, in its order.
    for kind in ("message", "export"):
        if together := [letter for _, letter in sorted(letters.items()) if letter.kind == kind]:
            yield kind, together


def _refuse(tally: Tally, number: int, why: str, attempt: Attempt) -> None:
    tally.note(number, "refused", message=why)
    if not attempt.quiet:
        remark(f"dead letter {number}: {why}")


def _messages(here: Site, letters: Sequence[Open], attempt: Attempt, tally: Tally) -> None:
    for letter in letters:
        try:
            message = again(letter)
        except Malformed as error:
            _refuse(tally, letter.id, str(error), attempt)
            continue
        publish(here, [message])
        with here.database.write() as connection:
            settling.settle(connection, letter.id, "replayed", attempt.who, attempt.reason, here.now())
        here.changed()
        tally.note(letter.id, "replayed")


def _exports(here: Site, letters: Sequence[Open], attempt: Attempt, tally: Tally) -> None:
    now, limit = here.now(), here.settings.message_limit
    found = {
        letter.id: build("replay", letter.item or "-", attempt.who, {}, now, limit) for letter in letters
    }
    if attempt.actor is None:
        with here.database.write() as connection:
            settling.vouch(connection, [each.command.key.hex() for each in found.values()], attempt.who, now)
    awaited = Awaited(here, [each.command for each in found.values()]) if attempt.wait else None
    publish(here, [each.message for each in found.values()])
    if awaited is None:
        for number in found:
            tally.note(number, "queued")
    else:
        _note_answers(here, found, awaited, attempt, tally)


def _note_answers(
    here: Site, found: Mapping[int, Ready], awaited: Awaited, attempt: Attempt, tally: Tally
) -> None:
    numbers = {ready.command.key: number for number, ready in found.items()}
    replayed = []
    for command, event in awaited.arrive(attempt.timeout):
        number = numbers.pop(command.key)
        if is_applied(event):
            replayed.append(number)
            tally.note(number, "replayed")
        else:
            tally.note(number, "refused", **event["data"].get("reason", {}))
        if not attempt.quiet:
            tell(event)
    with here.database.write() as connection:
        settling.explain(connection, replayed, attempt.reason)
    for number in sorted(numbers.values()):
        tally.note(number, "unanswered")
        if not attempt.quiet:
            remark(f"dead letter {number}: no answer yet; the command stays queued")
