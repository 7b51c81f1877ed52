"""`prune`: deletes what is past its age."""

from typing import Final

from console import errors
from console.output import as_json, progress, say
from console.wiring import site
from engine import times
from engine.store.prune import Ages, prune

_WORDS: Final = {
    "inbox": "outcomes of commands",
    "vouchers": "vouchers of operators",
    "event_log": "events",
    "mail": "mails",
    "dead_letters": "resolved dead letters",
}


def run(*, json: bool) -> int:
    """Delete, and say how much."""
    with site() as here:
        settings, now = here.settings, here.now()
        ages = Ages(
            inbox=times.after(now, -settings.keep_inbox),
            event_log=times.after(now, -settings.keep_events),
            mail=times.after(now, -settings.keep_mail),
            dead_letters=times.after(now, -settings.keep_dead_letters),
        )
        with progress("Deleting", None) as step:
            found = prune(here.database, ages, step)
    if json:
        as_json([{"table": name, "deleted": count} for name, count in found.items()])
    else:
        for name, count in found.items():
            say(f"{count:>8}  {_WORDS[name]}")
    return errors.DONE
