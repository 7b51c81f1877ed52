"""`summary`: the daily summaries that are due, now."""

from datetime import date

from console import errors
from console.output import as_json, counted, say
from console.wiring import Site, site
from console.words import words
from engine.errors import Misconfigured
from notifications.summaries import Decided, send_summaries


def run(company: str | None, day: str | None, *, json: bool) -> int:
    """Decide what is due; the notifier sends it."""
    wanted = _day(day)
    with site() as here:
        found = _send(here, company, wanted)
        here.changed()
    if json:
        as_json(
            [
                {"company": d.company, "date": d.day.isoformat(), "recipients": list(d.recipients)}
                for d in found
            ]
        )
        return errors.DONE
    for each in found:
        say(f"{each.company}, {each.day.isoformat()}: {counted(len(each.recipients), 'mail')}")
    if not found:
        say("No summary is due.")
    return errors.DONE


def _send(here: Site, company: str | None, day: date | None) -> list[Decided]:
    return send_summaries(here.database, here.clock.now(), words(here.settings), company=company, day=day)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Misconfigured([f"--date {text}: write it as 2026-11-21"]) from error
