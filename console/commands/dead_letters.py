"""`dead-letters list`, `groups`, `show` and `discard`."""

from collections.abc import Mapping, Sequence
from typing import Any

from console import errors
from console.commands.act import operator
from console.errors import Wanting
from console.output import as_json, pairs, remark, say, short, table, when
from console.wiring import site
from engine.store import settling
from engine.store.queries import dead_letters as queries

_NONE = "Nothing was given up."


def list_letters(company: str | None, limit: int, *, resolved: bool, json: bool) -> int:
    """The newest dead letters."""
    with site() as here, here.database.read() as connection:
        found, more = queries.listed(connection, company, limit, resolved=resolved)
    if json:
        as_json(found)
        return errors.DONE
    columns = ("id", "added", "group", "what", "class", "message")
    table(columns, (_row(letter) for letter in found), empty=_NONE)
    if more > 0:
        remark(f"{more} more: raise --limit, or look at `countersign dead-letters groups`.")
    return errors.DONE


def _row(letter: Mapping[str, Any]) -> Sequence[Any]:
    what = letter["export"] or letter["item"] or letter["queue"] or letter["kind"]
    settled = f"{letter['resolution']}: " if letter["resolution"] else ""
    kind = letter["class"] + (f" {letter['code']}" if letter["code"] else "")
    return (
        letter["id"],
        when(letter["added_at"]),
        letter["group"],
        what,
        kind,
        settled + short(letter["message"], 80),
    )


def list_groups(company: str | None, *, json: bool) -> int:
    """What was given up by cause."""
    with site() as here, here.database.read() as connection:
        found = queries.grouped(connection, company)
    if json:
        as_json(found)
        return errors.DONE
    rows = (
        (
            g["group"],
            g["count"],
            g["class"],
            g["code"],
            g["connector"],
            when(g["last_at"]),
            short(g["message"], 80),
        )
        for g in found
    )
    table(("group", "count", "class", "code", "connector", "newest", "message"), rows, empty=_NONE)
    return errors.DONE


def show_letter(number: int, *, json: bool) -> int:
    """One dead letter with its original."""
    with site() as here, here.database.read() as connection:
        letter = queries.one(connection, number)
    if letter is None:
        raise _unknown(number)
    if json:
        as_json(letter)
        return errors.DONE
    long = ("traceback", "original", "original_base64", "original_is_whole")
    pairs((name, value) for name, value in letter.items() if name not in long)
    if letter["traceback"]:
        say(f"\n{letter['traceback']}")
    if (original := letter.get("original") or letter.get("original_base64")) is not None:
        kept = "" if letter["original_is_whole"] else ", of which only the head is kept"
        say(f"\nThe original ({letter['size']} bytes{kept}):\n{original}")
    return errors.DONE


def _unknown(number: int) -> Wanting:
    return Wanting(f"there is no dead letter {number}: `countersign dead-letters list` shows what there is")


def discard_letter(number: int, reason: str, actor: str | None, *, json: bool) -> int:
    """Settle a dead letter without trying again."""
    with site() as here:
        with here.database.write() as connection:
            settled = settling.settle(
                connection, number, "discarded", actor or operator(), reason, here.now()
            )
        if settled is None:
            with here.database.read() as connection:
                known = queries.one(connection, number)
            raise _settled(number, known) if known else _unknown(number)
        here.changed()
    if json:
        as_json([dict(settled)])
    else:
        rest = f"; {settled['item']} stays failed" if settled["kind"] == "export" else ""
        say(f"Dead letter {number} is discarded{rest}.")
    return errors.DONE


def _settled(number: int, letter: Mapping[str, Any]) -> Wanting:
    return Wanting(
        f"dead letter {number} is settled already: {letter['resolution']} by {letter['resolved_by']}"
    )
