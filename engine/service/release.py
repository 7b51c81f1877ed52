"""Let items go on whose prerequisite is met: in chunks, so that ten thousand waiting items hold nobody up."""

from typing import Final
from uuid import uuid4

from engine import needs
from engine.changes import Decision, Happened, OpenDeadLetter, Wait
from engine.facts import Item, Refusal
from engine.ledger import Ledger
from engine.machine import lifecycle
from engine.messages import OURS, Command, digest
from engine.service.batch import Results, Rules, apply, write
from engine.service.effects import Performance
from engine.service.working import Target, Working
from engine.values import replace

CHUNK: Final = 500  # items in one transaction


def release(ledger: Ledger, rules: Rules, now: str) -> int:
    """Look again at up to CHUNK items that wait for what was met; returns how many, 0 when nothing is left."""
    keys = ledger.to_release(CHUNK)
    if not keys:
        return 0
    working = Working(now, rules.delays.lease)
    working.items = ledger.items(keys)
    working.before = dict(working.items)
    companies = ledger.companies({item.company for item in working.items.values()})
    command = _release_command()
    targets = [
        Target(
            replace(command, subject=item.key),
            rules.kinds[item.item_type],
            companies[item.company],
            key,
            item.id,
        )
        for key, item in sorted(working.items.items())
    ]
    results = Results()
    targets = _readable(targets, working, results)
    _load(ledger, targets, working)
    unmet: set[str] = set()
    for target in targets:
        decision = _released(target, working)
        unmet.update(decision.item.waiting_on)
        apply(target, decision, working, results)
    if unmet:  # or what was met and unlinked at once would be looked at for ever
        ledger.keep_waiting(unmet)
    ledger.save_items(working.before, working.items.values())
    write(ledger, results, now)
    return len(keys)


def _release_command() -> Command:
    id_ = str(uuid4())
    return Command(
        source=OURS,
        id=id_,
        type="countersign.command.release.v1",
        subject=None,
        actor="system",
        data={},
        key=digest([OURS, id_]),
        content=b"",
    )


def _readable(targets: list[Target], working: Working, results: Results) -> list[Target]:
    """Those whose stored payload still is one; another release may have become stricter, and the rest goes on."""
    found = []
    for target in targets:
        item = working.items[target.key]
        payload, problems = target.kind.payload.read(item.payload)
        if payload is not None:
            working.payloads[target.key] = payload
            found.append(target)
            continue
        text = f"{item.key} cannot go on: {problems[0][0]}: {problems[0][1]}; retrieve it and send it again"
        results.changes += [Wait(item, ()), OpenDeadLetter("message", "bug", "bug", text, item=item)]
    return found


def _load(ledger: Ledger, targets: list[Target], working: Working) -> None:
    parents: set[str] = set()
    for target in targets:
        if parent := working.payloads[target.key].parent():
            parents.add(needs.item_need(target.company.slug, *parent))
    if parents:
        working.briefs.update(ledger.briefs(parents))
    wanted: set[str] = set()
    for target in targets:
        payload = working.payloads[target.key]
        project = working.project(target.company.slug, target.kind.name, target.id, payload)
        wanted.update(working.needs_of(target.company, target.kind.name, payload, project))
    ledger.lock_needs(wanted)
    items = {need for need in wanted if needs.is_item(need)}
    working.briefs.update(ledger.briefs(items))
    others = wanted - items
    standard = {form for need in others if (form := needs.standard_form(need))}
    if others:
        working.met |= ledger.met(others | standard)


def _released(target: Target, working: Working) -> Decision:
    """The item goes on, or waits for what is left; if it no longer waits at all, only its rows are cleared."""
    item = working.item(target)
    facts = working.facts(target)
    item = replace(item, project=facts.project or item.project)
    facts = replace(facts, item=item)
    if item.state != "sent":
        return Decision(item, changes=(Wait(item, ()),))
    if facts.unmet:
        return _still_waiting(item, facts.unmet, working.now)
    move = lifecycle(target.kind.workflow).move("release", facts)
    if move is None or isinstance(move, Refusal):
        raise AssertionError(f"{item.key} waits for nothing and is not released: {move}")
    work = Performance(facts)
    work.move(move)
    return work.decision()


def _still_waiting(item: Item, unmet: tuple[str, ...], now: str) -> Decision:
    waiting = replace(item, waiting_on=unmet)
    wait = Wait(waiting, unmet)
    if needs.shown(unmet) == needs.shown(item.waiting_on):
        return Decision(waiting, changes=(wait,))
    waiting = replace(waiting, updated_at=now)
    details = {"waiting_on": list(needs.shown(unmet))}
    return Decision(waiting, (Happened("waiting", waiting, item.state, details),), (wait,))
