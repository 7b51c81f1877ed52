"""Handle one batch of messages in one transaction: read, load, decide one by one, write in bulk."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.changes import Change, Decision, OpenDeadLetter, PutExport
from engine.errors import Malformed
from engine.facts import Company, Integration, Item, Refusal
from engine.ledger import Entry, Ledger, Publication, Source
from engine.machine import lifecycle
from engine.messages import Command, Message, read
from engine.retrying import Delays
from engine.service import intake, record
from engine.service.decide import decide
from engine.service.loading import load
from engine.service.working import Target, Working
from engine.text import is_printable
from engine.values import replace
from engine.workflow import ItemType

_LONGEST_NAME: Final = 255  # of a queue, in AMQP


@dataclass(frozen=True, slots=True)
class Rules:
    """What the service is set up with."""

    kinds: Mapping[str, ItemType]
    delays: Delays = field(default_factory=Delays)
    settle: Callable[[Integration], float] | None = (
        None  # seconds, where a connector knows better than the setting
    )
    message_limit: int = 1024 * 1024  # bytes
    own_user: str | None = None  # the program's own broker user, who may use any source


@dataclass(slots=True)
class Results:
    """What a batch will write, in order."""

    entries: list[Entry] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def handle(ledger: Ledger, messages: Sequence[Message], rules: Rules, now: str) -> None:
    """Apply or refuse every message; each ends with an outcome or as a dead letter. Raises Conflict to be run again."""
    results = Results()
    commands: list[tuple[Message, Command]] = []
    for message in messages:
        try:
            commands.append((message, read(message, rules.message_limit)))
        except Malformed as problem:
            _malformed(message, str(problem), results, now)
    if commands:
        _commands(ledger, commands, rules, now, results)
    write(ledger, results, now)


def write(ledger: Ledger, results: Results, now: str) -> None:
    """Write what a batch came to, in bulk."""
    for event, dead_letter in ledger.save(results.changes, now):
        results.publications.append(record.dead_letter_event(dead_letter, event, now))
    ledger.record(results.entries, results.publications)
    ledger.remember(results.outcomes)


def _commands(
    ledger: Ledger, commands: Sequence[tuple[Message, Command]], rules: Rules, now: str, results: Results
) -> None:
    known = dict(ledger.outcomes({command.key.hex() for _, command in commands}))
    sources = ledger.sources()
    slugs = {slug for _, command in commands if (slug := intake.company_slug(command))}
    companies = ledger.companies(slugs) if slugs else {}
    people = ledger.people(
        {
            (slug, c.actor)
            for _, c in commands
            if c.actor and (slug := intake.company_slug(c)) and slug in companies
        }
    )
    vouched = ledger.vouchers(
        {c.key.hex() for _, c in commands if c.actor and c.actor.startswith("operator:")}
    )
    targets: list[Target | Refusal] = [
        intake.target(command, rules.kinds, companies, people, command.key.hex() in vouched)
        for _, command in commands
    ]
    fresh = [
        each
        for each in targets
        if isinstance(each, Target)
        and each.command.key.hex() not in known
        and not intake.untrusted(each.command, sources, rules.own_user)
    ]
    working = load(ledger, fresh, now, rules.delays.lease)
    for (message, command), target in zip(commands, targets, strict=True):
        _one(message, command, target, companies, sources, rules, working, known, results)
    ledger.save_items(working.before, working.items.values())


def _one(
    message: Message,
    command: Command,
    target: Target | Refusal,
    companies: Mapping[str, Company],
    sources: Mapping[str, Source],
    rules: Rules,
    working: Working,
    known: dict[str, tuple[str, str]],
    results: Results,
) -> None:
    """One command: a repeat is answered, a new one is decided."""
    key, content, now = command.key.hex(), command.content.hex(), working.now
    slug = intake.company_slug(command)
    company = slug if slug in companies else None
    if refusal := intake.untrusted(command, sources, rules.own_user) or _reused(known.get(key), content):
        item = None if isinstance(target, Refusal) else working.items.get(target.key)
        answer = record.outcome(command, company, now, item, refusal, stored=False)
        results.publications.append(_to(message, answer))
        return
    if key in known:
        results.publications.extend(_again(message, known[key][1], now))
        return
    item, verdict = _decided(target, rules, working, results)
    answer = record.outcome(command, company, now, item, verdict)
    known[key] = (content, answer.body)
    results.outcomes.append({"key": key, "content": content, "outcome": answer.body, "at": now})
    results.publications.append(_to(message, answer))


def _decided(
    target: Target | Refusal, rules: Rules, working: Working, results: Results
) -> tuple[Item | None, Refusal | None]:
    """The item as the outcome shows it, and why not if it was refused."""
    if isinstance(target, Refusal):
        return None, target
    item = working.item(target)
    if item.state == "new" and target.command.name not in ("send", "draft"):
        return item, Refusal("unknown_item", f"there is no item {target.key}")
    facts = working.facts(target)
    decision = decide(facts, lifecycle(target.kind.workflow), _delays(rules, target))
    if isinstance(decision, Refusal):
        return item, decision
    data = target.command.data
    if target.command.name in ("send", "draft") and data.get("dry_run"):
        return decision.item, None
    apply(target, decision, working, results)
    return working.items[target.key], None


def _delays(rules: Rules, target: Target) -> Delays:
    integration = target.company.integration
    if rules.settle is None or integration is None or target.command.name != "report_export":
        return rules.delays
    return replace(rules.delays, settle=rules.settle(integration))


def apply(target: Target, decision: Decision, working: Working, results: Results) -> None:
    """Number what happened, publish it, and let the next command see it."""
    before, command, now = working.item(target), target.command, working.now
    working.keep(target, decision)
    actor = command.actor or "system"
    for entry, happened in record.history(decision.happened, before, command, actor, now):
        results.entries.append(entry)
        results.publications.append(record.item_event(entry, happened, command, actor, now))
        working.numbered(decision.item, entry.sequence, entry.hash)
    results.changes.extend(decision.changes)
    results.publications.extend(export_events(target.company, decision, now))


def export_events(company: Company, decision: Decision, now: str) -> Iterable[Publication]:
    """What the exports of a decision announce."""
    integration = company.integration
    shown = (
        {"connector": integration.connector, "company": company.slug}
        if integration
        else {"company": company.slug}
    )
    for change in decision.changes:
        if isinstance(change, PutExport) and change.event:
            yield record.export_event(replace(change, item=decision.item), shown, now)


def _reused(before: tuple[str, str] | None, content: str) -> Refusal | None:
    if before is None or before[0] == content:
        return None
    return Refusal(
        "reused_id", "this source and id were used before for another command; give each command its own id"
    )


def _again(message: Message, outcome: str, now: str) -> list[Publication]:
    """The stored outcome, only to whoever asks again."""
    if not _reply_to(message):
        return []
    again = Publication(
        type="", subject=None, company=None, at=now, id=record.event_id(outcome), body=outcome
    )
    return [_to(message, again)]


def _reply_to(message: Message) -> str | None:
    name = message.reply_to
    if not name or name.startswith("countersign.") or len(name) > _LONGEST_NAME or not is_printable(name):
        return None  # a queue of ours as the reply's address would feed outcomes in as commands
    return name


def _to(message: Message, publication: Publication) -> Publication:
    reply_to = _reply_to(message)
    if reply_to is None:
        return publication
    correlation = message.correlation_id
    if correlation is not None and not is_printable(correlation):
        correlation = None  # no store keeps it; the outcome names the command anyway
    return replace(publication, reply_to=reply_to, correlation_id=correlation)


def _malformed(message: Message, problem: str, results: Results, now: str) -> None:
    results.changes.append(
        OpenDeadLetter(
            kind="message",
            reason="malformed",
            error_class="malformed",
            message=problem,
            original=message,
            queue="countersign.commands",
        )
    )
    if _reply_to(message):
        answer = record.malformed(message, problem, now)
        results.publications.append(replace(_to(message, answer), routing_key=None))
