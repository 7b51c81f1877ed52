"""From a message to the item that it is about: the refusals that need no decision, in their order of precedence."""

import re
from collections.abc import Mapping
from typing import Final

from engine.facts import Company, Person, Refusal
from engine.ledger import Source
from engine.messages import Command
from engine.permissions import CONNECTOR, OPERATOR
from engine.service.decide import COMMANDS, REPORTS
from engine.service.working import Target
from engine.text import printable
from engine.workflow import ItemType

_SLUG: Final = re.compile(r"[a-z0-9-]{1,40}")
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PEOPLE_ONLY: Final = frozenset(COMMANDS) - frozenset(REPORTS)


def company_slug(command: Command) -> str | None:
    """The company that a subject names, if it can be one."""
    slug = (command.subject or "").partition("/")[0]
    return slug if _SLUG.fullmatch(slug) else None


def item_key(command: Command, kinds: Mapping[str, ItemType]) -> tuple[str, str, str] | None:
    """(company, item type, id) that a subject names, if it can be an item."""
    parts = (command.subject or "").split("/")
    if (
        len(parts) != 3
        or not _SLUG.fullmatch(parts[0])
        or parts[1] not in kinds
        or not _ID.fullmatch(parts[2])
    ):
        return None
    return parts[0], parts[1], parts[2]


def untrusted(command: Command, sources: Mapping[str, Source], own_user: str | None) -> Refusal | None:
    """Whether the connection that a command came by may use its source."""
    if not sources or own_user is None or command.user_id == own_user:
        return None
    source = sources.get(command.source)
    if source is None:
        message = f"{printable(command.source, 100)} is not among the configured sources"
    elif source.broker_user is not None and command.user_id != source.broker_user:
        message = f"{printable(command.source, 100)} may be used only by its own broker user, validated by the broker"
    elif command.name not in source.may:
        message = f"{printable(command.source, 100)} may not give {printable(command.name, 60)} commands"
    else:
        return None
    return Refusal("untrusted_source", message)


def target(
    command: Command,
    kinds: Mapping[str, ItemType],
    companies: Mapping[str, Company],
    people: Mapping[tuple[str, str], Person],
    vouched: bool,
) -> Target | Refusal:
    """What a command is about and who gives it, or the first reason why that cannot be known."""
    if command.name not in COMMANDS or command.type != f"countersign.command.{command.name}.v1":
        return Refusal("unknown_command", f"there is no command {printable(command.type, 100)}")
    slug = company_slug(command)
    company = companies.get(slug) if slug else None
    if company is None:
        return Refusal(
            "unknown_company", f"there is no company {printable(slug or str(command.subject), 60)}"
        )
    actor, person = command.actor, people.get((company.slug, command.actor or ""))
    if not _actor_is_known(actor, person, vouched):
        return Refusal("unknown_actor", _unknown_actor(actor, company.slug))
    found = item_key(command, kinds)
    if found is None:
        message = f"{printable(str(command.subject), 200)} is no item: <company>/<item type>/<id>"
        return Refusal("unknown_item", message)
    return Target(
        command=command,
        kind=kinds[found[1]],
        company=company,
        key="/".join(found),
        id=found[2],
        person=person,
        trusted_operator=vouched and bool(actor and actor.startswith(OPERATOR)),
    )


def _actor_is_known(actor: str | None, person: Person | None, vouched: bool) -> bool:
    if not actor:
        return False
    if actor.startswith(OPERATOR):
        return vouched
    return person is not None or (actor.startswith(CONNECTOR) and len(actor) > len(CONNECTOR))


def _unknown_actor(actor: str | None, company: str) -> str:
    if not actor:
        return "a command needs an actor: the e-mail address of who gives it"
    return f"{printable(actor, 100)} is not an active person of {company}"
