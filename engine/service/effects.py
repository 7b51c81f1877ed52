"""Perform a transition's effects as values: the item afterwards, what happened, what else changes."""

from collections.abc import Callable
from typing import Any, Final

from engine import needs, profile
from engine.changes import (
    Change,
    Claim,
    Decision,
    Free,
    Happened,
    Meet,
    OpenDeadLetter,
    PutExport,
    Refer,
    ResolveDeadLetter,
    Unmeet,
    Wait,
)
from engine.effects import Effect, Emit
from engine.facts import Facts
from engine.machine import Move
from engine.payload import Payload
from engine.service.exports import requested
from engine.values import replace

UNLINKABLE: Final = frozenset(
    (
        "company",
        "commitment",
        "commitment_change_order",
        "prime_contract_change_order",
        "subcontractor_invoice",
        "owner_invoice",
    )
)


class Performance:
    """One decision in the making; used once."""

    def __init__(self, facts: Facts, details: dict[str, Any] | None = None) -> None:
        self.facts = facts
        self.item = facts.item
        self.details = details or {}
        self.happened: list[Happened] = []
        self.changes: list[Change] = []

    def move(self, move: Move) -> None:
        """Take the item to the move's target and perform the row's effects in their order."""
        previous = self.item.state
        self.item = replace(self.item, state=str(move.row.target), updated_at=self.facts.now)
        for then in move.row.then:
            if isinstance(then, Emit):
                self.emit(then.event, previous)
            else:
                _PERFORM[then](self)

    def emit(self, event: str, previous: str) -> None:
        """Note that something happened to the item as it is now."""
        self.happened.append(Happened(event, self.item, previous, dict(self.details)))

    def decision(self) -> Decision:
        """What came of it; every event shows the item's final facts of its own moment."""
        return Decision(self.item, tuple(self.happened), tuple(self.changes))

    def set(self, **values: Any) -> None:
        """Change the item."""
        self.item = replace(self.item, **values)


def _revise(work: Performance) -> None:
    facts, item, data = work.facts, work.item, work.facts.command.data
    created = item.version == 0
    payload = facts.payload
    values: dict[str, Any] = {"version": item.version + 1, "project": facts.project}
    if "payload" in data and payload is not None:
        values["payload"] = payload.model_dump(exclude_none=True)
    title = data.get("title") or (payload.title_text() if payload and "payload" in data else None)
    values["title"] = title or item.title or item.id
    if created:
        values |= {"created_by": data.get("created_by") or facts.actor, "created_at": facts.now}
    if "url" in data:
        values["url"] = data["url"]
    if "attachments" in data:
        values["attachments"] = tuple(data["attachments"])
    if facts.command.name == "send":
        values["sent_by"] = facts.actor
    work.set(**values)
    if facts.command.name == "send" and payload is not None:
        _claim_own(work, payload)
    if payload is not None and "payload" in data:
        wanted = tuple(
            needs.item_need(item.company, *reference)
            for reference in payload.references()
            if reference[0] in UNLINKABLE
        )
        work.changes.append(Refer(work.item, wanted))


def _claim_own(work: Performance, payload: Payload) -> None:
    """What its payload wants for itself alone; drafts may still want the same."""
    for scope, value, _ in payload.claims():
        work.changes.append(Free(work.item, scope))
        work.changes.append(Claim(work.item, scope, value))


def _wait(work: Performance) -> None:
    if work.facts.unmet:
        work.set(waiting_on=work.facts.unmet)
        work.changes.append(Wait(work.item, work.facts.unmet))
        work.details["waiting_on"] = list(needs.shown(work.facts.unmet))
        work.emit("waiting", work.item.state)


def _stop_waiting(work: Performance) -> None:
    if work.item.waiting_on:
        work.set(waiting_on=())
        work.changes.append(Wait(work.item, ()))


def _keep_fields(work: Performance) -> None:
    fields, _ = profile.given(work.facts)
    work.set(fields=fields, accepted_by=work.facts.actor, error=None)
    if fields:
        work.details["fields"] = fields
    work.changes.append(Free(work.item, "code/"))
    for scope, value, _ in profile.claims(work.facts, fields):
        work.changes.append(Claim(work.item, scope, value))


def _take_codes(work: Performance) -> None:
    for scope, value, _ in profile.claims(work.facts, work.item.fields):
        work.changes.append(Claim(work.item, scope, value))
    if adopt := _adopting(work.facts):
        work.changes.append(Claim(work.item, f"erp_id/{work.item.item_type}", adopt))


def _adopting(facts: Facts) -> str | None:
    """The ERP id that the item is to be linked to: the command's, or the failed attempt's that it repeats."""
    if facts.command.name == "link":
        return str(facts.command.data["erp_id"])
    return facts.export.adopt if facts.command.name == "replay" and facts.export else None


def _keep_comment(work: Performance) -> None:
    work.set(comment=work.details.get("comment"))


def _keep_link(work: Performance) -> None:
    erp_id = work.facts.command.data["erp_id"]
    work.set(accepted_by=work.facts.actor, error=None)
    work.details["erp_id"] = erp_id
    _claim_erp_id(work, erp_id)


def _claim_erp_id(work: Performance, erp_id: str) -> None:
    work.changes.append(Free(work.item, "erp_id/"))
    work.changes.append(Claim(work.item, f"erp_id/{work.item.item_type}", erp_id))


def _free_codes(work: Performance) -> None:
    if work.item.state == "archived":
        work.changes.append(Free(work.item, ""))
    elif work.item.synced_version is None:
        work.changes.append(Free(work.item, "code/"))
        work.changes.append(Free(work.item, "erp_id/"))


def _request_export(work: Performance) -> None:
    export = requested(work.facts, work.item, adopt=_adopting(work.facts))
    work.set(error=None)
    work.details["export"] = export.key
    work.changes.append(PutExport(export, work.item, "requested"))


def _request_unlink(work: Performance) -> None:
    work.changes.append(PutExport(requested(work.facts, work.item, mode="unlink"), work.item, "requested"))


def _record_sync(work: Performance) -> None:
    facts, item = work.facts, work.item
    kind = facts.kind.payload
    merged = kind.merged(item.synced_payload, item.payload) if facts.kind.resendable else None
    work.set(
        synced_version=item.version,
        synced_payload=merged,
        erp_id=work.details.get("erp_id") or item.erp_id,
        erp_lines={**item.erp_lines, **work.details.pop("erp_lines", {})},
        error=None,
    )
    if facts.kind.linkable and work.item.erp_id:
        _claim_erp_id(work, work.item.erp_id)
    payload = (
        kind.model_validate(item.payload) if facts.kind.resendable else kind.model_construct(**item.payload)
    )
    work.changes.append(Meet(work.item, needs.met_by(item.company, item.item_type, item.id, payload)))


def _forget_sync(work: Performance) -> None:
    work.set(synced_version=None, synced_payload=None, erp_id=None, erp_lines={})
    work.changes.append(Unmeet(work.item))


def _dead_letter(work: Performance) -> None:
    export, error = work.facts.export, work.details["error"]
    work.set(error=error)
    if export is None or not export.holds:
        _free_codes(work)
    work.changes.append(
        OpenDeadLetter(
            kind="export",
            reason=work.details.pop("reason", "failed"),
            error_class=error["class"],
            code=error.get("code"),
            message=error["message"],
            traceback=work.details.pop("traceback", None),
            attempts=export.attempt if export else 1,
            item=work.item,
            export=export.key if export else work.item.export_key,
            connector=export.connector if export else None,
        )
    )


def _resolve_dead_letter(work: Performance) -> None:
    resolution = {"accept": "accepted", "reject": "rejected", "link": "linked"}.get(
        work.facts.command.name, "replayed"
    )
    work.changes.append(ResolveDeadLetter(work.item.export_key, resolution, work.facts.actor))


_PERFORM: Final[dict[Effect, Callable[[Performance], None]]] = {
    Effect.REVISE: _revise,
    Effect.WAIT: _wait,
    Effect.STOP_WAITING: _stop_waiting,
    Effect.KEEP_FIELDS: _keep_fields,
    Effect.TAKE_CODES: _take_codes,
    Effect.KEEP_COMMENT: _keep_comment,
    Effect.KEEP_LINK: _keep_link,
    Effect.FREE_CODES: _free_codes,
    Effect.REQUEST_EXPORT: _request_export,
    Effect.REQUEST_UNLINK: _request_unlink,
    Effect.RECORD_SYNC: _record_sync,
    Effect.FORGET_SYNC: _forget_sync,
    Effect.DEAD_LETTER: _dead_letter,
    Effect.RESOLVE_DEAD_LETTER: _resolve_dead_letter,
}
