"""`events`: the event log, once or for as long as somebody watches."""

import json as json_
from collections.abc import Mapping
from typing import Any, Final

from console import errors
from console.output import as_json, as_json_line, say, when
from console.wiring import CHANGED, Site, site
from engine.errors import StoreUnavailable
from engine.store.queries import events as queries
from engine.store.queries.snapshot import hold

_LOOK: Final = 1.0  # seconds; a wake-up may be lost


def run(
    type_: str | None, company: str | None, subject: str | None, limit: int, *, follow: bool, json: bool
) -> int:
    """Print the newest events, then with `follow` what is added."""
    wanted = queries.Wanted(type_, company, subject)
    with site() as here:
        if follow:
            return _follow(here, wanted, limit, json=json)
        with here.database.read() as connection:
            found = queries.newest(connection, wanted, limit)
    if json:
        as_json([json_.loads(event["body"]) for event in found])
    else:
        for event in found:
            _tell(event)
    return errors.DONE


def _follow(here: Site, wanted: queries.Wanted, limit: int, *, json: bool) -> int:
    listener = here.signals.listener((CHANGED,))
    try:
        watch = queries.Watch(wanted)
        with here.database.read() as connection:
            hold(connection)
            found = watch.begin(connection, limit)
        _print(found, json=json)
        while True:
            try:
                with here.database.read() as connection:
                    _print(watch.more(connection), json=json)
            except StoreUnavailable:
                listener.wait(_LOOK)  # while running, a missing service is waited for
            listener.wait(_LOOK)
    finally:
        listener.close()


def _print(found: list[Mapping[str, Any]], *, json: bool) -> None:
    for event in found:
        if json:
            as_json_line(json_.loads(event["body"]))
        else:
            _tell(event)


def _tell(event: Mapping[str, Any]) -> None:
    name = event["type"].removeprefix("countersign.").removesuffix(".v1")
    data = json_.loads(event["body"]).get("data", {})
    say(f"{when(event['at'])}  {name:<28} {event['subject'] or event['company'] or ''}{_detail(data)}")


def _detail(data: Mapping[str, Any]) -> str:
    if reason := data.get("reason"):
        return f"  {reason.get('code')}: {reason.get('message')}"
    if error := data.get("error"):
        return f"  {error.get('class')}: {error.get('message')}"
    if letter := data.get("dead_letter"):
        return f"  {letter.get('resolution') or letter.get('reason')}: {letter.get('message')}"
    return f"  by {data['actor']}" if data.get("actor") else ""
