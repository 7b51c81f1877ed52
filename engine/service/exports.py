"""What an export asks of its connector, and what becomes of it after an attempt that did not succeed."""

from collections.abc import Mapping
from typing import Any, Final

from engine import times
from engine.facts import Export, Facts, Item
from engine.retrying import Delays
from engine.values import replace

AGAIN: Final = frozenset(("unavailable", "capacity"))  # the ERP surely did nothing: try again later
STOPS: Final = "auth"  # the same credentials would fail again, and may lock the account
CLASSES: Final = AGAIN | frozenset(
    ("uncertain", "validation", "reference", "precondition", "conflict", "partial", "auth", "bug")
)


def requested(facts: Facts, item: Item, *, mode: str | None = None, adopt: str | None = None) -> Export:
    """The next attempt of the item's export, not yet taken by a worker.

    It looks up first whenever an earlier attempt may have reached the ERP.
    """
    before, integration = facts.export, facts.company.integration
    doubtful = (before is not None and before.tried) or any(
        e.tried and e.status == "failed" for e in facts.earlier
    )
    request: dict[str, Any] = {
        "references": dict(facts.references),
        "earlier_exports": [export.key for export in facts.earlier if export.tried],
    }
    if adopt is not None:
        request["adopt"] = adopt
    return Export(
        key=item.export_key,
        item=item.key,
        company=item.company,
        connector=integration.connector if integration else "none",
        version=item.version,
        status="requested",
        attempt=before.attempt + 1 if before else 1,
        mode=mode or ("lookup" if adopt is not None or doubtful else "send"),
        requested_at=facts.now,
        due_at=times.after(facts.now, facts.lease),
        request=request,
        tried=before.tried if before else False,
        erp_id=before.erp_id if before else None,
        holds=before.holds if before else False,
    )


def again(export: Export, now: str, lease: float) -> Export:
    """The next attempt of an export whose time has come: looking up if it is in doubt, else sending."""
    known = export.status == "in_doubt" or export.erp_id is not None  # by a late answer
    mode = "lookup" if known and export.mode != "unlink" else export.mode
    return replace(
        export,
        status="requested",
        attempt=export.attempt + 1,
        mode=mode,
        due_at=times.after(now, lease),
        worker=None,
    )


def in_doubt(export: Export, now: str, settle: float, error: Mapping[str, Any] | None) -> Export:
    """It may have happened: the ERP is asked once the request can no longer be on its way."""
    return replace(
        export,
        status="in_doubt",
        due_at=times.after(now, settle),
        worker=None,
        tried=True,
        doubt_since=now,
        error=error or export.error,
    )


def retrying(export: Export, now: str, delays: Delays, error: Mapping[str, Any] | None) -> Export | None:
    """It did not happen, and a later attempt may succeed; None once the delays are used up.

    A company's breaker parks exports without using their delays, so an outage of hours is no reason to give up.
    """
    if export.tries >= len(delays.attempts) and export.doubt_since is None:
        return None  # what is in doubt is never given up: the ERP may have it
    pauses = delays.attempts or (delays.breaker_pause,)
    due = times.after(now, pauses[min(export.tries, len(pauses) - 1)])
    return replace(export, status="retrying", tries=export.tries + 1, due_at=due, worker=None, error=error)


def parked(export: Export, due_at: str | None, error: Mapping[str, Any] | None = None) -> Export:
    """It waits for its integration, until a time or (None) until somebody resumes it; that uses no delay up."""
    return replace(export, status="retrying", due_at=due_at, worker=None, error=error or export.error)


def surely_absent(export: Export, now: str, settle: float) -> bool:
    """Whether "the ERP does not have it" can be believed by now."""
    return export.doubt_since is None or times.after(export.doubt_since, settle) <= now


def sending(export: Export, now: str, lease: float) -> Export:
    """The ERP surely does not have it: the next attempt sends."""
    return replace(
        export,
        status="requested",
        attempt=export.attempt + 1,
        mode="send",
        due_at=times.after(now, lease),
        doubt_since=None,
        worker=None,
        erp_id=None,
        holds=False,
    )


def failed(export: Export, now: str, error: Mapping[str, Any]) -> Export:
    """Given up until a person decides."""
    return replace(
        export,
        status="failed",
        finished_at=now,
        due_at=None,
        worker=None,
        error=error,
        holds=error["class"] == "partial" or export.erp_id is not None or export.holds,
        doubt_since=None,
        tried=export.tried or error["class"] != "precondition",
    )


def succeeded(export: Export, now: str, erp_id: str | None) -> Export:
    """The ERP has it."""
    return replace(
        export,
        status="succeeded",
        finished_at=now,
        due_at=None,
        worker=None,
        error=None,
        erp_id=erp_id,
        holds=True,
    )
