"""What becomes of an export whose time has come."""

from collections.abc import Collection

from engine import times
from engine.changes import Change, PutAttempt, PutExport
from engine.facts import Export, Item
from engine.retrying import Delays
from engine.service import exports
from engine.values import replace


def due(export: Export, item: Item, claiming: Collection[str], now: str, delays: Delays) -> list[Change]:
    """The changes; `claiming` are the connectors whose workers claim before they send.

    An attempt handed to a connector that does not claim may have been made once its lease is over, and so may every
    claimed one: the ERP is asked. A claimable one that nobody claimed was not made: it is offered again.
    """
    if export.status in ("retrying", "in_doubt"):
        return [PutExport(exports.again(export, now, delays.lease), item, "requested")]
    if export.status == "requested" and export.connector in claiming:
        pause = max(
            delays.lease, times.between(export.requested_at, now)
        )  # doubling: nobody may be there for days
        return [PutExport(replace(export, due_at=times.after(now, pause)), item, "requested")]
    error = {"class": "uncertain", "message": "no answer came before the attempt's time was over"}
    doubtful = exports.in_doubt(export, now, 0.0, error)
    attempt = PutAttempt(export.key, export.attempt, export.mode, "in_doubt", error)
    return [PutExport(doubtful, item, "in_doubt"), attempt]
