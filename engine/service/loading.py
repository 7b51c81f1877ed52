"""Load what a batch of commands needs: one query for each kind of fact, whatever the number of commands."""

from collections.abc import Sequence

from engine import needs, profile
from engine.facts import Facts
from engine.ledger import Ledger
from engine.payload import Payload
from engine.service.working import Target, Working

_BRINGS: Sequence[str] = ("send", "draft")
_NEEDS: Sequence[str] = ("send", "accept", "replay", "link")
_EXPORTS: Sequence[str] = (
    "accept",
    "confirm_posting",
    "reject",
    "replay",
    "link",
    "unlink",
    "report_export",
    "report_unlink",
    "send",
)


def load(ledger: Ledger, targets: Sequence[Target], now: str, lease: float) -> Working:
    """The working set for these commands; their items are locked."""
    working = Working(now, lease)
    if not targets:
        return working
    working.items = ledger.items({target.key for target in targets})
    working.before = dict(working.items)
    for target in targets:
        _parse(target)
    stored = _stored_payloads(targets, working)
    _load_parents(ledger, targets, stored, working)
    _load_needs(ledger, targets, stored, working)
    working.payloads = stored
    names = {target.command.name for target in targets}
    asked = {
        target.key for target in targets if target.command.name in _EXPORTS and target.key in working.items
    }
    if asked:
        working.exports = ledger.exports(asked)
    if "unlink" in names:
        working.dependents = ledger.dependents({t.key for t in targets if t.command.name == "unlink"})
    _load_claims(ledger, targets, working)
    return working


def _load_claims(ledger: Ledger, targets: Sequence[Target], working: Working) -> None:
    claims = _claims(targets, working)
    if not claims:
        return
    budgets = set()
    for (company, scope, value), holder in ledger.claimed(claims).items():
        working.claims.setdefault(company, {})[scope, value] = holder
        if scope == "budget" and holder not in working.briefs:
            budgets.add(holder)
    if budgets:
        working.briefs.update(ledger.briefs(budgets))


def _parse(target: Target) -> None:
    data = target.command.data
    if target.command.name in _BRINGS and isinstance(data, dict) and data.get("payload") is not None:
        target.payload, target.problems = target.kind.payload.read(data["payload"])


def _stored_payloads(targets: Sequence[Target], working: Working) -> dict[str, Payload]:
    """The payloads that commands without one are about."""
    found: dict[str, Payload] = {}
    for target in targets:
        item = working.items.get(target.key)
        if item is not None and target.payload is None and target.command.name in (*_NEEDS, *_BRINGS):
            found[target.key] = target.kind.payload.model_validate(item.payload)
    return found


def _payloads(targets: Sequence[Target], stored: dict[str, Payload]) -> list[tuple[Target, Payload]]:
    found = [(target, target.payload) for target in targets if target.payload is not None]
    return found + [(target, stored[target.key]) for target in targets if target.key in stored]


def _load_parents(
    ledger: Ledger, targets: Sequence[Target], stored: dict[str, Payload], working: Working
) -> None:
    """The items whose project is a target's project: stored ones, and those of this very batch."""
    parents = {
        needs.item_need(target.company.slug, *parent)
        for target, payload in _payloads(targets, stored)
        if (parent := payload.parent())
    }
    if parents:
        working.briefs.update(ledger.briefs(parents))


def _load_needs(
    ledger: Ledger, targets: Sequence[Target], stored: dict[str, Payload], working: Working
) -> None:
    wanted: set[str] = set()
    arriving = {target.key: target.payload.project_id() for target in targets if target.payload is not None}
    for target, payload in _payloads(targets, stored):
        project = working.project(target.company.slug, target.kind.name, target.id, payload)
        if project is None and (parent := payload.parent()):
            project = arriving.get(needs.item_need(target.company.slug, *parent))
        wanted.update(working.needs_of(target.company, target.kind.name, payload, project))
    unlinked = {target.key for target in targets if target.command.name in ("unlink", "report_unlink")}
    brought = {
        need
        for target in targets
        if target.command.name == "report_export" and target.key in working.items
        for need in _met_by(target, working)
    }
    if not wanted and not brought and not unlinked:
        return
    ledger.lock_needs(
        wanted | brought | unlinked
    )  # before reading: or a waiter and a meeter could miss each other
    items = {need for need in wanted if needs.is_item(need)}
    if items:
        working.briefs.update(ledger.briefs(items))
    others = wanted - items
    if others:
        standard = {form for need in others if (form := needs.standard_form(need))}
        working.met |= ledger.met(others | standard)


def _met_by(target: Target, working: Working) -> tuple[str, ...]:
    item = working.items[target.key]
    kind = target.kind
    payload = (
        kind.payload.model_validate(item.payload)
        if kind.resendable
        else kind.payload.model_construct(**item.payload)
    )
    return needs.met_by(item.company, item.item_type, item.id, payload)


def _claims(targets: Sequence[Target], working: Working) -> set[tuple[str, str, str]]:
    """What commands of this batch want for themselves alone."""
    found: set[tuple[str, str, str]] = set()
    for target in targets:
        slug, data = target.company.slug, target.command.data
        if target.command.name == "send" and (payload := target.payload or working.payloads.get(target.key)):
            found |= {(slug, scope, value) for scope, value, _ in payload.claims()}
        if target.command.name in ("accept", "replay") and isinstance(data, dict):
            found |= {(slug, scope, value) for scope, value in _codes(working.facts(target))}
        if target.kind.name == "budget":
            found |= {(slug, "budget", project) for project in working.projects_of(target)}
        if target.kind.linkable:
            found |= {(slug, f"erp_id/{target.kind.name}", erp_id) for erp_id in _erp_ids(target, working)}
    return found


def _erp_ids(target: Target, working: Working) -> list[str]:
    """The records of the ERP that a command may link the item to."""
    name, data = target.command.name, target.command.data
    if name == "replay":
        return [export.adopt for export in working.exports.get(target.key, ()) if export.adopt]
    if name not in ("link", "report_export") or not isinstance(data, dict):
        return []
    return [data["erp_id"]] if isinstance(data.get("erp_id"), str) else []


def _codes(facts: Facts) -> list[tuple[str, str]]:
    fields, _ = profile.given(facts)
    return [(scope, value) for scope, value, _ in profile.claims(facts, fields)]
